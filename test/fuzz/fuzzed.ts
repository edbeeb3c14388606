/** The suite's share of fuzzing: so many inputs for each parser, read where the tests run. */
import { expect, it } from "vitest";
import { judge } from "./judge.js";
import type { Parser } from "./parser.js";

const INPUTS = 2000;

/** Milliseconds, on a machine that is busy with something else. */
const LONGEST = 300_000;

/** One test for each parser. Long runs take other inputs: their seeds count from 1. */
export function itSurvivesDamage(parsers: readonly Parser[]): void {
  it.each(parsers)(
    "$name",
    async (parser) => {
      const open = await parser.open();
      try {
        const tally = await judge(open, { seed: 0, from: 0, to: INPUTS });
        expect(tally.findings).toEqual([]);
        // Otherwise nothing but the first check of a parser would be tried, or none.
        expect(Math.min(tally.read, tally.refused || tally.read)).toBeGreaterThan(10);
      } finally {
        await open.close?.();
      }
    },
    LONGEST,
  );
}
