import type { BundleFacts, ResultFacts } from "../compute/protocol.js";
import { saveReport } from "../results/save-report.js";
import { save } from "../state/actions.js";
import { isMaskShown, scan, work } from "../state/page-state.js";
import { texts } from "../texts.js";

/** What can be taken away. A foreign image's mask only once it was asked for. */
export function SaveButtons({
  facts,
  bundle,
}: {
  readonly facts: ResultFacts;
  readonly bundle: BundleFacts;
}) {
  const busy = work.value.at !== "idle";
  return (
    <div class="save">
      <h2>{texts.save.heading}</h2>
      <div class="buttons">
        {isMaskShown.value &&
          facts.forms.map((form) => (
            <button key={form} type="button" disabled={busy} data-form={form} onClick={() => void save(form)}>
              {texts.save.forms[form]}
            </button>
          ))}
        <button
          type="button"
          disabled={busy}
          data-form="report"
          onClick={() => saveReport({ facts, bundle, scan: scan.value!, isMaskShown: isMaskShown.value })}
        >
          {texts.save.report}
        </button>
      </div>
      {!isMaskShown.value && <p class="small">{texts.save.hidden}</p>}
    </div>
  );
}
