import { cancel } from "../state/actions.js";
import { type WorkState, work } from "../state/page-state.js";
import { texts } from "../texts.js";

/** How far the work is, and the way to stop it. */
export function WorkProgress() {
  const state = work.value;
  if (["idle", "asking", "choosing", "placing"].includes(state.at)) return null;
  const known = (state.at === "computing" || state.at === "sending") && state.total !== undefined;
  return (
    <div class="work">
      <label>
        {stageOf(state)}
        <progress aria-label={texts.work.label} {...(known && { value: state.done, max: state.total })} />
      </label>
      <button type="button" onClick={cancel}>
        {texts.work.cancel}
      </button>
    </div>
  );
}

function stageOf(state: WorkState): string {
  if (state.at === "saving") return texts.work.saving;
  if (state.at === "waiting") return texts.work.waiting;
  if (state.at === "sending") return texts.work.sending(state.done, state.total);
  if (state.at !== "computing") return texts.work.reading;
  const { done, total } = state;
  return done === undefined || total === undefined ? texts.work.preparing : texts.work.computing(done, total);
}
