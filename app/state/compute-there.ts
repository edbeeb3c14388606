/** A scan that a person chose to have computed on the server: the scan leaves the browser here, and nowhere else. */
import { Cancelled, type Computer } from "../compute/computer.js";
import type { ModalityChoice, ResultFacts } from "../compute/protocol.js";
import type { JobNews } from "../server/follow-job.js";
import { ServerRefused } from "../server/page-server.js";
import { computeOnServer } from "../server/server-job.js";
import { texts } from "../texts.js";
import { type ScanGiven, server, spoken, work } from "./page-state.js";
import { pageServer } from "./server-actions.js";

export interface ScanForServer extends ScanGiven {
  /** Name of the bundle there. */
  readonly bundle: string;
  readonly modality: ModalityChoice | undefined;
}

let running = new AbortController();

/** Ends what is under way on the server, and has it deleted there. */
export const stopThere = (): void => running.abort(new Cancelled("stopped"));

/** @throws Cancelled when it is stopped meanwhile, else as `computeOnServer` */
export async function computeThere(
  computer: Computer,
  { given, series, bundle, modality }: ScanForServer,
): Promise<ResultFacts> {
  running = new AbortController();
  const { signal } = running;
  const start = performance.now();
  work.value = { at: "sending" };
  spoken.value = texts.work.sending();
  const file = await computer.run((worker) => worker.pack(given));
  refuseTooLarge(file);
  const fields = {
    ...(series !== undefined && { series }),
    ...(modality !== undefined && { modality: [modality].flat().join(",") }),
  };
  const scan = { file, bundle, fields };
  const results = await computeOnServer(pageServer!, scan, { signal, sent: showSent, news: showNews }).catch(
    (error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    },
  );
  const seconds = (performance.now() - start) / 1000;
  return computer.run((worker) => worker.receive(results, seconds));
}

/** Before it is on its way: the server would take it up to its limit and then refuse it. */
function refuseTooLarge({ size }: File): void {
  const most = server.value.at === "open" ? server.value.facts.maxUploadBytes : Number.POSITIVE_INFINITY;
  if (size > most) throw new ServerRefused(texts.server.tooLarge(size, most));
}

function showSent(done: number, total: number): void {
  if (work.value.at === "sending") work.value = { at: "sending", done, total };
}

function showNews(news: JobNews): void {
  // What comes after it was stopped is of no interest.
  if (running.signal.aborted) return;
  if (news.kind === "waiting") work.value = { at: "waiting" };
  else if (news.kind === "progress" && news.stage === "predicting") {
    work.value = { at: "computing", done: news.done, total: news.total };
  } else work.value = { at: "computing" };
}
