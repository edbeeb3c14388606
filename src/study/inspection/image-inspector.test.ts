import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../base/index.js";
import type { Engine, Session } from "../../graph/index.js";
import { describeNetwork, initialise } from "../../network/index.js";
import { saveCheckpoint } from "../../training/checkpoint.js";
import { bestCheckpoint } from "../../training/loop.js";
import type { StudyWork } from "../data/planned-study.js";
import { studyFiles } from "../data/study-data.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import { parseStudy } from "../protocol/study-configuration.js";
import { ImageInspector } from "./image-inspector.js";

const output = mkdtempSync(join(tmpdir(), "sureseg-inspector-"));
afterAll(() => rmSync(output, { recursive: true, force: true }));

const network = describeNetwork({
  architecture: "unet",
  inputChannels: 1,
  outputChannels: 1,
  channels: 2,
  levels: 2,
  maximumChannels: 4,
  dropout: 0.1,
});
const study = parseStudy(
  { name: "s", output, datasets: [{ folder: "a", organs: { organ: [1] } }] },
  "study.yaml",
);
const unit = { members: ["joint-fold0-seed1", "joint-fold0-seed2"], full: true } as unknown as DetectUnit;

beforeAll(async () => {
  const memory = {
    step: 1,
    schedule: {},
    bestLoss: null,
    bestStep: 0,
    bestDice: {},
    validationsWithoutBetter: 0,
    lossSum: 0,
    lossCount: 0,
    loggedSum: 0,
    loggedCount: 0,
  };
  for (const [seed, id] of unit.members.entries()) {
    const folder = studyFiles.unit(study, id);
    mkdirSync(folder, { recursive: true });
    const vectors = { parameters: initialise(network, new Random(seed)) };
    await saveCheckpoint(bestCheckpoint(folder), { vectors, memory, fingerprint: "x" }, network.layout);
  }
});

/** Opens so many models and no more; counts the sessions that are open. */
function countingEngine(most: number): { engine: Engine; open: () => number } {
  let [opened, open] = [0, 0];
  const session = (): Session => ({
    inputNames: [],
    outputNames: [],
    run: async () => ({}),
    release: async () => {
      open--;
    },
  });
  const engine: Engine = {
    name: "counting",
    open: async () => {
      if (opened++ === most) throw new Error("out of memory");
      open++;
      return session();
    },
  };
  return { engine, open: () => open };
}

const workWith = (engine: Engine): StudyWork =>
  ({
    data: { study, network, labels: { outputChannels: 1, labelMode: "shared" } },
    engine,
    hooks: { stage: () => {}, progress: () => {} },
  }) as unknown as StudyWork;

it("opens the unit's network, its ensemble and the one with dropout, and releases them all", async () => {
  const { engine, open } = countingEngine(99);
  const inspector = await ImageInspector.open(workWith(engine), unit, undefined);
  expect(open()).toBe(3);
  await inspector.close();
  expect(open()).toBe(0);
});

it.each([0, 1, 2])("releases what is open when the engine fails after %i sessions", async (most) => {
  const { engine, open } = countingEngine(most);
  await expect(ImageInspector.open(workWith(engine), unit, undefined)).rejects.toThrow("out of memory");
  expect(open()).toBe(0);
});
