import { useEffect, useRef } from "preact/hooks";
import type { ModalityChoice } from "../compute/protocol.js";
import { predict } from "../state/actions.js";
import { texts } from "../texts.js";

/** Asked where the file does not say what the network must know. */
export function ModalityQuestion({ choices }: { readonly choices: readonly ModalityChoice[] }) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <fieldset class="question">
      <legend>{texts.modality.question}</legend>
      <p>{texts.modality.why}</p>
      <div class="buttons">
        {choices.map((choice, at) => (
          <button
            key={String(choice)}
            ref={at === 0 ? first : null}
            type="button"
            class="primary"
            onClick={() => void predict(choice)}
          >
            {texts.modality.name(choice)}
          </button>
        ))}
        {!choices.flat().includes("other") && (
          <button type="button" onClick={() => void predict("other")}>
            {texts.modality.none}
          </button>
        )}
      </div>
    </fieldset>
  );
}
