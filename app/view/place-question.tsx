import { choosePlace } from "../state/actions.js";
import { server } from "../state/page-state.js";
import { texts } from "../texts.js";
import { Question } from "./question.js";

/** Asked before the first scan: nothing leaves the browser because somebody overlooked something. */
export function PlaceQuestion() {
  if (server.value.at !== "open") return null;
  const { host, facts } = server.value;
  return (
    <Question title={texts.server.question} why={texts.server.why(host, facts.keepSeconds)}>
      <button type="button" class="primary" onClick={() => void choosePlace("here")}>
        {texts.server.places.here}
      </button>
      <button type="button" onClick={() => void choosePlace("server")}>
        {texts.server.places.server}
      </button>
    </Question>
  );
}
