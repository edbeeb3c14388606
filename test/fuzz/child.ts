/** The process in which inputs are read: `child.js PARSER SEED FROM TO MOST-BYTES PLACE-FILE`. Whatever kills it is one finding. */
import { openSync, writeSync } from "node:fs";
import { judge, note, type Tally } from "./judge.js";
import { parserCalled } from "./registry.js";

/** What the child tells: at times and at its end. */
export interface News {
  readonly tally: Tally;
  /** Resident bytes, now and at most. */
  readonly resident: number;
  readonly peak: number;
  /** Resident bytes when the first quarter was over, after collecting garbage. */
  readonly settled?: number;
  /** The next input, where it gave up because of memory; `to` at its end. */
  readonly next: number;
  readonly over: boolean;
}

const TELL_EVERY = 500;

const [, , name, seed, from, to, mostBytes, placeFile] = process.argv as string[];
const range = { seed: Number(seed), from: Number(from), to: Number(to) };
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

// The parent decides what an interruption means.
process.on("SIGINT", () => {});

const place = openSync(placeFile!, "w");
const number = Buffer.alloc(8);
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

const parser = await parserCalled(name!).open();
const quarter = range.from + Math.floor((range.to - range.from) / 4);
let settled: number | undefined;
let told = Date.now();
let next = range.to;

const tell = async (news: Omit<News, "resident" | "peak" | "settled">): Promise<void> =>
  new Promise((done) =>
    process.send!(
      { ...news, resident: process.memoryUsage.rss(), peak: peakBytes(), settled } satisfies News,
      () => done(),
    ),
  );

const tally = await judge(parser, range, {
  begins(index) {
    // Synchronous: it is there when the process dies of the input.
    number.writeDoubleLE(index);
    writeSync(place, number, 0, 8, 0);
  },
  ended(tally, index) {
    if (index === quarter) {
      collect();
      settled = process.memoryUsage.rss();
    }
    if (Date.now() - told > TELL_EVERY) {
      told = Date.now();
      void tell({ tally, next: index + 1, over: false });
    }
    if (peakBytes() <= Number(mostBytes)) return false;
    note(tally, { index, what: "more memory resident than the bound" });
    next = index + 1;
    return true;
  },
});
collect();
await tell({ tally, next, over: true });
await parser.close?.();
process.exit(0);
