/** Hands inputs to a parser one after the other and judges how each ended. */
import { UserError } from "../../src/base/index.js";
import { Inputs } from "./inputs.js";
import type { OpenParser } from "./parser.js";

/** Something that must not be. */
export interface Finding {
  readonly index: number;
  /** "TypeError: ...", "no end after 10 s": without anything of the machine. */
  readonly what: string;
}

export interface Tally {
  inputs: number;
  /** Read as if nothing were wrong. */
  read: number;
  /** Ended with a sentence for the user. */
  refused: number;
  slowest: { milliseconds: number; index: number };
  /** The first few of each kind. */
  readonly findings: Finding[];
  /** All of them. */
  found: number;
}

export const emptyTally = (): Tally => ({
  inputs: 0,
  read: 0,
  refused: 0,
  slowest: { milliseconds: 0, index: -1 },
  findings: [],
  found: 0,
});

/** Of findings of one kind, from one place, so many are kept: they are the same finding, most likely. */
const KEPT_OF_A_KIND = 3;

/** The name of an error and where it came from, without its message. */
const kindOf = ({ what }: Finding): string => what.replace(/: .* \(/, " (");

export function note(tally: Tally, finding: Finding): void {
  tally.found += 1;
  const alike = tally.findings.filter((other) => kindOf(other) === kindOf(finding));
  if (alike.length < KEPT_OF_A_KIND) tally.findings.push(finding);
}

/** Control characters, such as begin the sequences that terminals obey. */
const STEERS = /(?![\n\t])\p{Cc}/u;

/** Most milliseconds of the processor's time that one input may take. */
export const MOST_MILLISECONDS = 2000;

export interface Range {
  /** Of the campaign. */
  readonly seed: number;
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

export interface Watcher {
  /** An input is about to be read. */
  begins?(index: number): void;
  /** An input was read; true ends the run. */
  ended?(tally: Tally, index: number): boolean;
}

/** Judges a range of inputs. Time is the processor's, so that a machine that is busy with something else finds nothing. */
export async function judge(parser: OpenParser, range: Range, watcher: Watcher = {}): Promise<Tally> {
  const tally = emptyTally();
  const inputs = new Inputs(parser, range.seed);
  const stray = (error: unknown): void => {
    note(tally, { index: current, what: `left behind: ${wordsOf(error)}` });
  };
  let current = range.from;
  process.on("unhandledRejection", stray);
  process.on("uncaughtException", stray);
  try {
    for (let index = range.from; index < range.to; index++) {
      current = index;
      watcher.begins?.(index);
      const { bytes, seed } = inputs.input(index);
      const before = process.cpuUsage();
      try {
        await parser.read(bytes, seed);
        tally.read += 1;
      } catch (error) {
        if (error instanceof UserError) {
          tally.refused += 1;
          if (STEERS.test(error.message)) note(tally, { index, what: "a message that steers a terminal" });
        } else note(tally, { index, what: wordsOf(error) });
      }
      const { user, system } = process.cpuUsage(before);
      const milliseconds = (user + system) / 1000;
      tally.inputs += 1;
      if (milliseconds > tally.slowest.milliseconds) tally.slowest = { milliseconds, index };
      if (milliseconds > MOST_MILLISECONDS) {
        note(tally, { index, what: `more than ${MOST_MILLISECONDS} ms of the processor's time` });
      }
      if (watcher.ended?.(tally, index)) break;
    }
    // What an input left behind shows before the next turn of the event loop.
    await new Promise((next) => setImmediate(next));
  } finally {
    process.off("unhandledRejection", stray);
    process.off("uncaughtException", stray);
  }
  return tally;
}

/** An error and where it came from, in one line. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error} ${String(error).slice(0, 100)}`;
  const place = /\bat .*?((?:src|node_modules)\/[\w/.@-]+:\d+)/.exec(error.stack ?? "")?.[1];
  return `${error.name}: ${error.message.split("\n")[0]!.slice(0, 160)}${place === undefined ? "" : ` (${place})`}`;
}
