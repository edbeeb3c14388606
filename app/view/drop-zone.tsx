/** Where a scan or a bundle is given: dropped anywhere on the page, or chosen. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { chosen, dropped } from "../input/dropped.js";
import { take } from "../state/actions.js";
import { bundle, scan, server } from "../state/page-state.js";
import { texts } from "../texts.js";

export function DropZone() {
  const over = useSignal(false);
  useEffect(() => {
    // A depth would count the elements under the pointer; the page's own edge is enough.
    const enter = (event: DragEvent): void => {
      event.preventDefault();
      over.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) over.value = false;
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      over.value = false;
      if (event.dataTransfer !== null) void take(dropped(event.dataTransfer));
    };
    const listeners = { dragenter: enter, dragover: enter, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(listeners))
      addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        removeEventListener(name, listener as EventListener);
    };
  }, []);
  const filled = scan.value !== undefined;
  return (
    <div class={`drop ${over.value ? "over" : ""}`}>
      <div>
        <h2>{over.value ? texts.drop.here : filled ? texts.drop.another : texts.drop.title}</h2>
        <p>{filled ? texts.drop.anotherHint : texts.drop.hint}</p>
        {!filled && server.value.at === "absent" && <p>{texts.server.stays}</p>}
        <BundleLine />
      </div>
      <div class="buttons">
        <Chooser kind="files" />
        <Chooser kind="folder" />
      </div>
    </div>
  );
}

function BundleLine() {
  const state = bundle.value;
  if (state.at === "missing") return <p class="attention">{texts.bundle.missing}</p>;
  if (state.at === "loading") return <p>{texts.bundle.loading}</p>;
  return (
    <p>
      <strong>{state.facts.card.name}</strong> {state.facts.card.version}
    </p>
  );
}

function Chooser({ kind }: { readonly kind: "files" | "folder" }) {
  const input = useRef<HTMLInputElement>(null);
  const choose = async (): Promise<void> => {
    const { files } = input.current!;
    // The dialogue was left without a choice.
    if (files === null || files.length === 0) return;
    await take(Promise.resolve(files).then(chosen));
    // The same file can be chosen again.
    input.current!.value = "";
  };
  return (
    <>
      <button type="button" class={kind === "files" ? "primary" : ""} onClick={() => input.current?.click()}>
        {texts.drop[kind]}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        data-kind={kind}
        multiple
        {...(kind === "folder" && { webkitdirectory: true })}
        onChange={() => void choose()}
      />
    </>
  );
}
