/** The page: what is given on top, then the verdict beside the scan. */
import { isBundleOpen, result, scan, work } from "../state/page-state.js";
import { texts } from "../texts.js";
import { BundleCard } from "./bundle-card.js";
import { DropZone } from "./drop-zone.js";
import { FailureMessage } from "./failure-message.js";
import { Footer } from "./footer.js";
import { ModalityQuestion } from "./modality-question.js";
import { PlaceQuestion } from "./place-question.js";
import { Results } from "./results.js";
import { ScanView } from "./scan-view.js";
import { SeriesQuestion } from "./series-question.js";
import { ServerPanel } from "./server-panel.js";
import { Spoken } from "./spoken.js";
import { WorkProgress } from "./work-progress.js";

export function Page() {
  const shown = scan.value;
  return (
    <>
      {result.value !== undefined && (
        <a class="skip" href="#result">
          {texts.skip}
        </a>
      )}
      <header>
        <h1>
          <img src="./icon.svg" alt="" width="32" height="32" />
          {texts.title}
        </h1>
        <p>{texts.claim}</p>
      </header>
      <main class={shown === undefined ? "empty" : "filled"}>
        <section class="given">
          <DropZone />
          <ServerPanel />
          <FailureMessage />
          {work.value.at === "choosing" && (
            <SeriesQuestion given={work.value.given} volumes={work.value.volumes} />
          )}
          {work.value.at === "placing" && <PlaceQuestion />}
          {work.value.at === "asking" && (
            <ModalityQuestion given={work.value.given} choices={work.value.choices} />
          )}
          <WorkProgress />
        </section>
        {shown !== undefined && <ScanView scan={shown} />}
        {result.value !== undefined && <Results />}
        {isBundleOpen.value && <BundleCard />}
      </main>
      <Footer />
      <Spoken />
    </>
  );
}
