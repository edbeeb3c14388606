import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StudyData } from "../data/study-data.js";
import type { Unit } from "../protocol/plan-study.js";
import { updatesBehind } from "./run-units.js";

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), "sureseg-run-units-"));
});
afterEach(() => rmSync(output, { recursive: true, force: true }));

it("knows the updates behind a network that any process trains from its log", async () => {
  const data = { study: { output } } as StudyData;
  const unit = { id: "joint-fold0-seed1", kind: "train", updates: 4000 } as Unit;
  expect(await updatesBehind(data, unit)).toBe(0);
  const folder = join(output, "units", unit.id);
  mkdirSync(folder, { recursive: true });
  // The last line is being written.
  writeFileSync(
    join(folder, "log.jsonl"),
    '{"step":10,"trainLoss":1}\n{"step":20,"trainLoss":0.9}\n{"step":3',
  );
  expect(await updatesBehind(data, unit)).toBe(20);
});
