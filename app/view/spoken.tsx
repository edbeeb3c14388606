import { spoken } from "../state/page-state.js";

/** What just happened, for screen readers. */
export function Spoken() {
  return (
    <p class="unseen" role="status">
      {spoken.value}
    </p>
  );
}
