/** The scan with its mask, and what a person may change about the picture. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ScanFacts } from "../compute/protocol.js";
import { type Position, ScanViewer } from "../scan/scan-viewer.js";
import { isMaskShown, result, takePicture, viewChoices } from "../state/page-state.js";
import { texts } from "../texts.js";
import { ViewControls } from "./view-controls.js";

const MIDDLE: Position = [0.5, 0.5, 0.5];

export function ScanView({ scan }: { readonly scan: ScanFacts }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const viewer = useSignal<ScanViewer | undefined>(undefined);
  const failed = useSignal(false);
  const position = useSignal<Position>(MIDDLE);
  useEffect(() => {
    let gone = false;
    const opening = ScanViewer.open(canvas.current!, (moved) => {
      position.value = moved;
    });
    opening
      .then(async (opened) => {
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
      opening.then((opened) => opened.close()).catch(() => {});
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
          <div class="canvas">
            <canvas ref={canvas} role="img" aria-label={texts.viewer.label} />
          </div>
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
