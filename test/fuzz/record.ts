/** The table of long runs in docs/results/hostile.md: a row for each parser, replaced when it is run again. */
import { type CampaignResult, MOST_GROWTH_MEBIBYTES, MOST_RESIDENT_MEBIBYTES } from "./campaign.js";
import { MOST_MILLISECONDS } from "./judge.js";
import { parsers } from "./registry.js";

export const SECTION = "## Parsers";

const INTRODUCTION = `${SECTION}

What was handed to each parser, in a process of its own: files cut off at every length, with bits turned over, bytes set,
fields at extremes (0, -1, 2^31, NaN, sizes that are not there), pieces moved or taken from other files, and inputs made by the rules of
the format. Each must be read or be refused with a sentence for the user. Anything else is a finding: another exception, a
process that dies, more than ${MOST_MILLISECONDS / 1000} s of the processor's time, no end at all, more than ${MOST_RESIDENT_MEBIBYTES} MiB resident (runtime and
decoders included), or more than ${MOST_GROWTH_MEBIBYTES} MiB gained from the first quarter of the inputs to the last.

Made by \`npm run fuzz -- PARSER --inputs 100000 --seed 1 --record docs/results/hostile.md\`. The same parser, seed and number make
the same input again: \`npm run fuzz -- PARSER --seed 1 --input NUMBER --write FILE\`. Seconds are those of the whole run, on a machine that did
other work; the slowest input is in milliseconds of the processor's time. Every length: whether all seeds were cut at all lengths.
What was found on the way is mended, and kept as an input of \`test/fuzz/regressions.test.ts\`.
`;

const HEAD = [
  "| parser | what is read | inputs | seed | commit | seconds | read | refused | every length | slowest (ms) | peak (MiB) | growth (MiB) | findings |",
  "|---|---|---:|---:|---|---:|---:|---:|---|---:|---:|---:|---:|",
];

export interface RecordedRun extends CampaignResult {
  readonly parser: string;
  readonly seed: number;
  readonly commit: string;
  /** Whether every seed was cut at every length. */
  readonly everyLength: boolean;
}

/** The page with the run's row in its section. */
export function withRun(page: string, run: RecordedRun): string {
  const [before, section] = parted(page);
  const rows = new Map(
    section
      .split("\n")
      .filter((line) => /^\| [a-z]/.test(line) && !line.startsWith("| parser |"))
      .map((line) => [line.split("|")[1]!.trim(), line]),
  );
  rows.set(run.parser, rowOf(run));
  const sorted = parsers.flatMap(({ name }) => rows.get(name) ?? []);
  return `${before.trimEnd()}\n\n${INTRODUCTION}\n${[...HEAD, ...sorted].join("\n")}\n`;
}

/** What another program makes of the page, with the section that this one makes. */
export const keepingParsers = (page: string, earlier: string): string => {
  const section = parted(earlier)[1];
  return section === "" ? page : `${page.trimEnd()}\n\n${section}`;
};

function parted(page: string): [before: string, section: string] {
  const at = page.indexOf(SECTION);
  return at < 0 ? [page, ""] : [page.slice(0, at), page.slice(at)];
}

function rowOf({ parser, seed, commit, tally, seconds, ...memory }: RecordedRun): string {
  const reads = parsers.find(({ name }) => name === parser)!.reads;
  const cells = [
    parser,
    reads,
    tally.inputs,
    seed,
    commit,
    Math.round(seconds),
    tally.read,
    tally.refused,
    memory.everyLength ? "yes" : "no",
    tally.slowest.milliseconds.toFixed(0),
    Math.round(memory.peakMebibytes),
    memory.growthMebibytes === undefined ? "-" : Math.round(memory.growthMebibytes),
    tally.found,
  ];
  return `| ${cells.join(" | ")} |`;
}
