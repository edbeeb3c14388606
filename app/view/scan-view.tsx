/** The scan with its mask, and what a person may change about the picture. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ScanFacts } from "../compute/protocol.js";
import { onlyViewer } from "../scan/only-viewer.js";
import type { Position, ScanViewer } from "../scan/scan-viewer.js";
import { isMaskShown, result, takePicture, viewChoices } from "../state/page-state.js";
import { texts } from "../texts.js";
import { ViewControls } from "./view-controls.js";

export function ScanView({ scan }: { readonly scan: ScanFacts }) {
  const place = useRef<HTMLDivElement>(null);
  const viewer = useSignal<ScanViewer | undefined>(undefined);
  const failed = useSignal(false);
  const position = useSignal<Position>([0.5, 0.5, 0.5]);
  useEffect(() => {
    let gone = false;
    onlyViewer()
      .then(async (opened) => {
        place.current?.append(opened.element);
        opened.onMove = (moved) => {
          position.value = moved;
        };
        await opened.showScan(scan);
        if (gone) return;
        takePicture.value = () => opened.picture();
        viewer.value = opened;
      })
      .catch(() => {
        failed.value = true;
      });
    return () => {
      gone = true;
      takePicture.value = undefined;
    };
  }, []);
  useShownResult(viewer.value);
  useSignalEffect(() => viewer.value?.apply(viewChoices.value));
  return (
    <section class="scan" aria-label={texts.viewer.heading}>
      <h2>{scan.name}</h2>
      <p class="small">{texts.viewer.facts(scan.shape, scan.spacing)}</p>
      {failed.value ? (
        <p class="attention">{texts.failure.viewer}</p>
      ) : (
        <>
          <div ref={place} />
          <ViewControls
            channels={scan.channels}
            position={position.value}
            onMove={(moved) => viewer.value?.moveTo(moved)}
          />
        </>
      )}
    </section>
  );
}

/** Mask and doubt are in the viewer exactly while they may be seen. */
function useShownResult(viewer: ScanViewer | undefined): void {
  const shown = isMaskShown.value ? result.value : undefined;
  useEffect(() => {
    if (viewer === undefined) return;
    if (shown === undefined) viewer.hideResult();
    else void viewer.showResult(shown).then(() => viewer.apply(viewChoices.value));
  }, [viewer, shown]);
}
