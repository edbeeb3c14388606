import type { Given } from "../compute/protocol.js";
import { choose } from "../state/actions.js";
import { texts } from "../texts.js";
import { Question } from "./question.js";

interface SeriesQuestionProps {
  readonly given: Given;
  readonly volumes: readonly string[];
}

/** Asked where a folder or a zip holds several volumes. */
export function SeriesQuestion({ given, volumes }: SeriesQuestionProps) {
  return (
    <Question title={texts.series.question} why={texts.series.why}>
      {volumes.map((volume, at) => (
        <button key={volume} type="button" onClick={() => void choose(given, String(at + 1))}>
          {texts.series.name(at + 1, volume)}
        </button>
      ))}
    </Question>
  );
}
