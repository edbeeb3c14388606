/** The fuzzer itself: it makes the same inputs again, misses no length, and finds what there is to find. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { campaign } from "./campaign.js";
import { Inputs } from "./inputs.js";
import { judge } from "./judge.js";
import type { OpenParser } from "./parser.js";
import { keepingParsers, withRun } from "./record.js";

const seeds = [Uint8Array.from({ length: 40 }, (_, at) => at), new TextEncoder().encode("sizes: 2 3 5\n")];

const refusal = new UserError({ subject: "file", found: "nothing", expected: "something", advice: "Look." });

const parser = (read: OpenParser["read"]): OpenParser => ({ seeds, read });

describe("inputs", () => {
  const inputs = new Inputs(
    parser(async () => {}),
    7,
  );

  it("are the same for the same seed and number, and others for others", () => {
    const again = new Inputs(
      parser(async () => {}),
      7,
    );
    const other = new Inputs(
      parser(async () => {}),
      8,
    );
    const numbers = Array.from({ length: 200 }, (_, at) => at);
    expect(numbers.map((at) => again.input(at))).toEqual(numbers.map((at) => inputs.input(at)));
    expect(numbers.map((at) => other.input(at))).not.toEqual(numbers.map((at) => inputs.input(at)));
  });

  it("cut every file at every length, in as many inputs as are said", () => {
    const lengths = seeds.map(() => new Set<number>());
    for (let index = 0; index < inputs.untilEveryLength; index++) {
      const { bytes, seed } = inputs.input(index);
      const whole = seeds[seed]!;
      if (bytes.every((byte, at) => byte === whole[at])) lengths[seed]!.add(bytes.length);
    }
    expect(
      lengths.map((found, seed) =>
        [...Array(seeds[seed]!.length).keys()].filter((length) => !found.has(length)),
      ),
    ).toEqual([[], []]);
  });
});

describe("the judge", () => {
  it("tells what was read, what was refused, and what must not be", async () => {
    let count = 0;
    const tally = await judge(
      parser(async () => {
        count += 1;
        if (count % 3 === 0) throw refusal;
        if (count === 50) throw new TypeError("cannot read");
      }),
      { seed: 1, from: 100, to: 200 },
    );
    expect(tally).toMatchObject({ inputs: 100, read: 66, refused: 33, found: 1 });
    expect(tally.findings).toEqual([{ index: 149, what: expect.stringMatching(/^TypeError: cannot read/) }]);
  });
});

describe("a campaign", () => {
  const child = new URL("broken-child.mjs", import.meta.url);
  const options = { parser: "any", inputs: 8, seed: 1, mostBusySeconds: 0.5, child, progress: () => {} };

  it("goes on after an input of which the process dies, and after one that never ends", async () => {
    const { tally, peakMebibytes } = await campaign({ ...options, signal: new AbortController().signal });
    expect(tally.inputs).toBe(8);
    expect(tally.findings.map(({ index, what }) => [index, what.slice(0, 12)])).toEqual([
      [3, "died of SIGA"],
      [5, "no end"],
    ]);
    expect(peakMebibytes).toBe(1);
  });

  it("ends when it is interrupted", async () => {
    const signal = AbortSignal.timeout(50);
    const { tally } = await campaign({ ...options, inputs: 1e9, signal });
    expect(tally.inputs).toBeLessThan(1e9);
  });
});

it("the record keeps the rows of other parsers, what comes before, and survives being made anew", () => {
  const run = {
    seed: 1,
    commit: "abc",
    everyLength: true,
    seconds: 3,
    peakMebibytes: 90,
    growthMebibytes: 1,
    tally: { inputs: 5, read: 2, refused: 3, slowest: { milliseconds: 4, index: 1 }, findings: [], found: 0 },
  };
  const first = withRun("# Hostile input\n\n| a |\n", { ...run, parser: "nrrd" });
  const second = withRun(withRun(first, { ...run, parser: "nifti", commit: "old" }), {
    ...run,
    parser: "nifti",
  });
  expect(second).toMatch(/^# Hostile input\n\n\| a \|\n\n## Parsers\n/);
  expect(second.match(/^\| (nifti|nrrd) .*$/gm)).toEqual([
    "| nifti | NIfTI-1 and NIfTI-2 | 5 | 1 | abc | 3 | 2 | 3 | yes | 4 | 90 | 1 | 0 |",
    "| nrrd | NRRD, attached and detached | 5 | 1 | abc | 3 | 2 | 3 | yes | 4 | 90 | 1 | 0 |",
  ]);
  expect(keepingParsers("# Hostile input\n\n| b |\n", second)).toBe(second.replace("| a |", "| b |"));
});
