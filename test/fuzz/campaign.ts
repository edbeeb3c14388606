/** Many inputs for one parser, in processes of their own: one that dies or never answers is a finding, and the rest goes on. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { News } from "./child.js";
import { emptyTally, type Finding, note, type Tally } from "./judge.js";

/** Most that a process may have resident, parser, seeds and runtime included. */
export const MOST_RESIDENT_MEBIBYTES = 512;

/** Most that it may have grown by from the first quarter of the inputs to the last, garbage collected. */
export const MOST_GROWTH_MEBIBYTES = 64;

/** An input that takes so much of the processor's time will not end, or not soon. */
const MOST_BUSY_SECONDS = 4;

/** At one input, waiting included: what takes so long even on a busy machine waits for something that never comes. */
const MOST_SECONDS = 180;

/** Of the processor's clock in /proc (Linux). */
const TICKS_PER_SECOND = 100;

/** Milliseconds. */
const LOOK_EVERY = 250;
const MEBI = 2 ** 20;
/** Fewer inputs than this say nothing of a leak. */
const LEAST_FOR_GROWTH = 10_000;

export interface CampaignOptions {
  readonly parser: string;
  readonly inputs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly progress: (tally: Tally, seconds: number) => void;
  /** Of the processor's time, at one input. */
  readonly mostBusySeconds?: number;
  /** Another program than `child.js`, for tests. */
  readonly child?: URL;
}

export interface CampaignResult {
  readonly tally: Tally;
  readonly seconds: number;
  readonly peakMebibytes: number;
  readonly growthMebibytes: number | undefined;
}

export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { inputs, signal, progress } = options;
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const scratch = mkdtempSync(join(tmpdir(), "sureseg-fuzz-"));
  const total = emptyTally();
  let [from, peak] = [0, 0];
  let growth: number | undefined;
  try {
    while (from < inputs && !signal.aborted) {
      const part = await oneProcess(options, { from, scratch }, (tally) => {
        progress(sum(total, tally), seconds());
      });
      add(total, part.tally);
      peak = Math.max(peak, part.peak);
      growth = part.growth ?? growth;
      from = part.next;
      // What cannot even begin would be begun for ever.
      if (part.tally.inputs === 0 && part.tally.findings.length === 0) break;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (growth !== undefined && inputs >= LEAST_FOR_GROWTH && growth > MOST_GROWTH_MEBIBYTES * MEBI) {
    note(total, { index: inputs - 1, what: `a leak: grown by ${Math.round(growth / MEBI)} MiB` });
  }
  return {
    tally: total,
    seconds: seconds(),
    peakMebibytes: peak / MEBI,
    growthMebibytes: growth === undefined ? undefined : growth / MEBI,
  };
}

interface Part {
  readonly tally: Tally;
  readonly peak: number;
  readonly growth: number | undefined;
  /** The input to go on with. */
  readonly next: number;
}

function oneProcess(
  {
    parser,
    inputs,
    seed,
    signal,
    mostBusySeconds = MOST_BUSY_SECONDS,
    child = new URL("child.js", import.meta.url),
  }: CampaignOptions,
  { from, scratch }: { readonly from: number; readonly scratch: string },
  progress: (tally: Tally) => void,
): Promise<Part> {
  const place = join(scratch, "place");
  const memory = MOST_RESIDENT_MEBIBYTES * MEBI;
  const process = fork(fileURLToPath(child), [parser, seed, from, inputs, memory, place].map(String), {
    execArgv: ["--expose-gc", `--max-old-space-size=${MOST_RESIDENT_MEBIBYTES}`],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return new Promise((done) => {
    let news: News | undefined;
    let words = "";
    let hung = false;
    const watch = watchPlace(process, { place, mostBusySeconds }, () => {
      hung = true;
    });
    const stop = (): boolean => process.kill("SIGKILL");
    signal.addEventListener("abort", stop);
    process.stderr!.on("data", (chunk) => {
      words = `${words}${chunk}`.slice(-2000);
    });
    process.on("message", (message: News) => {
      news = message;
      progress(message.tally);
    });
    process.on("close", (code, killedBy) => {
      clearInterval(watch);
      signal.removeEventListener("abort", stop);
      const tally = news?.tally ?? emptyTally();
      const peak = news?.peak ?? 0;
      if (news?.over) {
        const growth = news.settled === undefined ? undefined : news.resident - news.settled;
        return done({ tally, peak, growth, next: news.next });
      }
      if (signal.aborted) return done({ tally, peak, growth: undefined, next: inputs });
      const index = placeIn(place) ?? from;
      const finding: Finding = {
        index,
        what: hung ? "no end" : `died of ${killedBy ?? `status ${code}`}: ${lastWords(words)}`,
      };
      note(tally, finding);
      tally.inputs = index - from + 1;
      done({ tally, peak, growth: undefined, next: index + 1 });
    });
  });
}

/** Kills a process that stays at one input. */
function watchPlace(
  child: ChildProcess,
  { place, mostBusySeconds }: { readonly place: string; readonly mostBusySeconds: number },
  hangs: () => void,
): NodeJS.Timeout {
  let at: number | undefined;
  let since = Date.now();
  let busySince = 0;
  return setInterval(() => {
    const now = placeIn(place);
    const busy = busySeconds(child.pid);
    if (now !== at) [at, since, busySince] = [now, Date.now(), busy];
    const tooLong = busy - busySince > mostBusySeconds || Date.now() - since > MOST_SECONDS * 1000;
    if (now === undefined || !tooLong) return;
    hangs();
    child.kill("SIGKILL");
  }, LOOK_EVERY);
}

/** Of the processor's time that a process has taken (proc(5): stat, fields 14 and 15); 0 where there is no such file. */
function busySeconds(pid: number | undefined): number {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
    return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function placeIn(file: string): number | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length === 8 ? bytes.readDoubleLE() : undefined;
  } catch {
    return undefined;
  }
}

const lastWords = (stderr: string): string =>
  stderr
    .split("\n")
    .find((line) => /error|fatal/i.test(line))
    ?.slice(0, 160) ?? "no word";

function add(total: Tally, part: Tally): void {
  Object.assign(total, sum(total, part));
}

const sum = (a: Tally, b: Tally): Tally => ({
  inputs: a.inputs + b.inputs,
  read: a.read + b.read,
  refused: a.refused + b.refused,
  slowest: a.slowest.milliseconds >= b.slowest.milliseconds ? a.slowest : b.slowest,
  findings: [...a.findings, ...b.findings],
  found: a.found + b.found,
});
