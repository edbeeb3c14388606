import type { ModalityChoice } from "../compute/protocol.js";
import { predict } from "../state/actions.js";
import { place, type ScanGiven, servedBundle } from "../state/page-state.js";
import { texts } from "../texts.js";
import { Question } from "./question.js";

interface ModalityQuestionProps {
  readonly given: ScanGiven;
  readonly choices: readonly ModalityChoice[];
}

/** Asked where the file does not say what the network must know. Only this browser guesses. */
export function ModalityQuestion({ given, choices }: ModalityQuestionProps) {
  const isHere = place.value !== "server" || servedBundle.value === undefined;
  return (
    <Question title={texts.modality.question} why={texts.modality.why}>
      {choices.map((choice) => (
        <button
          key={String(choice)}
          type="button"
          class="primary"
          onClick={() => void predict(given, choice)}
        >
          {texts.modality.name(choice)}
        </button>
      ))}
      {isHere && (
        <button type="button" onClick={() => void predict(given, undefined)}>
          {texts.modality.unknown}
        </button>
      )}
    </Question>
  );
}
