import type { Card } from "../../src/bundle/index.js";
import type { ResultFacts } from "../compute/protocol.js";
import { trustWords } from "../results/trust.js";
import { texts } from "../texts.js";

/** The verdict in words; the figures behind it in small print. */
export function VerdictWords({ facts, card }: { readonly facts: ResultFacts; readonly card: Card }) {
  const { verdict, warnings } = facts;
  const words = trustWords(verdict, card);
  const known = texts.known(words.known);
  return (
    <div class={`verdict ${words.foreign ? "foreign" : "trusted"}`} data-foreign={words.foreign}>
      <h2>{texts.verdict.heading}</h2>
      {words.foreign ? (
        <>
          <p class="word">{texts.verdict.foreign}</p>
          {verdict.reason !== undefined && <p>{texts.verdict.because(verdict.reason)}</p>}
          <p>{texts.verdict.nearest(known)}</p>
        </>
      ) : (
        <>
          <p class="word">{texts.verdict.trusted}</p>
          <p>
            {texts.verdict.looksLike(known)} {texts.verdict.typical(words.lessTypicalOfHundred)}
          </p>
        </>
      )}
      <p class="small">{texts.verdict.figures(verdict.measure, verdict.threshold, verdict.pValue)}</p>
      {warnings.length > 0 && (
        <>
          <h3>{texts.verdict.warnings}</h3>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
