/** The report: one page of HTML that needs nothing else, to keep or to print. */
import { render } from "preact";
import type { BundleFacts, ResultFacts, ScanFacts } from "../compute/protocol.js";
import { takePicture } from "../state/page-state.js";
import { texts } from "../texts.js";
import { SignaturePlot } from "../view/signature-plot.js";
import { VerdictWords } from "../view/verdict-words.js";
import { VolumeTable } from "../view/volume-table.js";
import reportStyle from "./report.css?inline";
import { saveFile } from "./save-file.js";

export interface Reported {
  readonly facts: ResultFacts;
  readonly bundle: BundleFacts;
  readonly scan: ScanFacts;
  readonly isMaskShown: boolean;
}

export function saveReport(reported: Reported): void {
  const page = document.implementation.createHTMLDocument(texts.report.title(reported.scan.name));
  page.documentElement.lang = document.documentElement.lang;
  const charset = page.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  const style = page.createElement("style");
  style.textContent = reportStyle;
  page.head.prepend(charset);
  page.head.append(style);
  render(<Report {...reported} />, page.body);
  const html = `<!doctype html>\n${page.documentElement.outerHTML}\n`;
  saveFile({ name: "report.html", bytes: new TextEncoder().encode(html) });
}

function Report({ facts, bundle, scan, isMaskShown }: Reported) {
  const picture = takePicture.value?.();
  const said: readonly (readonly [string, string])[] = [
    [texts.report.scan, `${scan.name}, ${texts.viewer.facts(scan.shape, scan.spacing)}`],
    [texts.report.network, `${bundle.card.name} ${bundle.card.version}`],
    [texts.report.fingerprint, bundle.fingerprint],
    [texts.report.made, texts.report.time(new Date())],
    [texts.report.computedBy, `${texts.title}. ${texts.computing.name(facts.computing)}`],
  ];
  return (
    <main>
      <h1>{texts.report.title(scan.name)}</h1>
      <VerdictWords facts={facts} card={bundle.card} />
      {picture !== undefined && <img src={picture} alt={texts.viewer.label} />}
      <div class="columns">
        <div>
          {isMaskShown ? (
            <VolumeTable volumes={facts.volumes} doubt={bundle.doubt} />
          ) : (
            <p>{texts.verdict.hidden}</p>
          )}
          <dl>
            {said.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
        <SignaturePlot facts={facts} card={bundle.card} />
      </div>
      <p class="small">{texts.notADevice}</p>
    </main>
  );
}
