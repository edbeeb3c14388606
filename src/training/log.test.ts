import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { readLog, TrainingLog } from "./log.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-log-"));
const path = join(folder, "log.jsonl");
const entries = [
  { step: 4, trainLoss: 0.75, validationDice: { "liver, späte Phase": 0.5 } },
  { step: 8, trainLoss: 0.5, validationDice: { "liver, späte Phase": 0.625 } },
  { step: 12, trainLoss: 0.25, validationDice: { "liver, späte Phase": 0.75 } },
];

beforeEach(() => rmSync(path, { force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(from: number, some: typeof entries): Promise<void> {
  const log = await TrainingLog.open(path, from);
  for (const entry of some) await log.write(entry);
}

describe("training log", () => {
  it("holds one JSON object a line, in order", async () => {
    await write(0, entries);
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(entries);
    expect(await readLog(path)).toEqual(entries);
  });

  it("resumed after a step, is the log of a run that never stopped", async () => {
    await write(0, entries);
    const whole = readFileSync(path);
    for (const kept of [0, 1, 2, 3]) {
      // Later steps were logged already: the run was killed before it saved the checkpoint that goes with them.
      await write(kept === 0 ? 0 : entries[kept - 1]!.step, entries.slice(kept));
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  it("begins anew where a run begins anew", async () => {
    await write(0, entries);
    await write(0, entries.slice(0, 1));
    expect(await readLog(path)).toEqual(entries.slice(0, 1));
  });

  it("cut off anywhere, is mended at the next resume", async () => {
    await write(0, entries);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async (length) => {
        rmSync(path);
        appendFileSync(path, whole.subarray(0, length));
        const complete = (await readLog(path)).length;
        expect(entries.slice(0, complete)).toEqual(await readLog(path));
        await write(complete === 0 ? 0 : entries[complete - 1]!.step, entries.slice(complete));
        expect(readFileSync(path).equals(whole)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("is empty where there is no file", async () => {
    expect(await readLog(join(folder, "none.jsonl"))).toEqual([]);
  });

  it.runIf(existsSync("/dev/full"))("says that the disk is full, and which file it was", async () => {
    const log = await TrainingLog.open(path, 0);
    rmSync(path);
    symlinkSync("/dev/full", path);
    const failure = await log.write(entries[0]!).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toMatch(/log\.jsonl: found a full disk/);
  });
});
