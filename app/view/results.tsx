/** Everything that was found on a scan. */
import { isMaskShown, openBundle, result, revealed } from "../state/page-state.js";
import { texts } from "../texts.js";
import { SaveButtons } from "./save-buttons.js";
import { SignaturePlot } from "./signature-plot.js";
import { VerdictWords } from "./verdict-words.js";
import { VolumeTable } from "./volume-table.js";

export function Results() {
  const facts = result.value;
  const bundle = openBundle.value;
  if (facts === undefined || bundle === undefined) return null;
  const { foreign } = facts.verdict;
  return (
    <section id="result" class="result" tabIndex={-1} aria-label={texts.verdict.heading}>
      <VerdictWords facts={facts} card={bundle.card} />
      {foreign && !revealed.value && (
        <p>
          {texts.verdict.hidden}{" "}
          <button
            type="button"
            onClick={() => {
              revealed.value = true;
            }}
          >
            {texts.verdict.reveal}
          </button>
        </p>
      )}
      {foreign && revealed.value && <p class="attention">{texts.verdict.revealed}</p>}
      {isMaskShown.value && <VolumeTable volumes={facts.volumes} doubt={bundle.doubt} />}
      <SignaturePlot facts={facts} card={bundle.card} />
      <SaveButtons facts={facts} bundle={bundle} />
    </section>
  );
}
