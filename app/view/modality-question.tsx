import type { ModalityChoice } from "../compute/protocol.js";
import { predict } from "../state/actions.js";
import { texts } from "../texts.js";
import { Question } from "./question.js";

/** Asked where the file does not say what the network must know. */
export function ModalityQuestion({ choices }: { readonly choices: readonly ModalityChoice[] }) {
  return (
    <Question title={texts.modality.question} why={texts.modality.why}>
      {choices.map((choice) => (
        <button key={String(choice)} type="button" class="primary" onClick={() => void predict(choice)}>
          {texts.modality.name(choice)}
        </button>
      ))}
      <button type="button" onClick={() => void predict(undefined)}>
        {texts.modality.unknown}
      </button>
    </Question>
  );
}
