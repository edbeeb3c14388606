import { failure } from "../state/page-state.js";
import { texts } from "../texts.js";

/** The one sentence about what failed. */
export function FailureMessage() {
  if (failure.value === undefined) return null;
  return (
    <div class="failure" role="alert">
      <div>
        <h2>{texts.failure.title}</h2>
        <p>{failure.value}</p>
      </div>
      <button
        type="button"
        onClick={() => {
          failure.value = undefined;
        }}
      >
        {texts.failure.dismiss}
      </button>
    </div>
  );
}
