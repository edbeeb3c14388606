import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { makePhantomDatasets } from "../dataset/index.js";
import { type Configuration, parseConfiguration } from "./configuration.js";
import { openRun, reopenRun } from "./open-run.js";
import { type Plan, writePlan } from "./plan.js";
import { type PreparedRun, prepareRun } from "./prepare-run.js";

const hooks = { stage: () => {}, progress: () => {} };
const folder = mkdtempSync(join(tmpdir(), "sureseg-open-run-"));
const cord = join(folder, "data", "phantom_cord_mr_t2");
const output = join(folder, "run");
const plan = join(output, "plan.json");
const subjects = join(folder, "subjects.csv");

const configured = (changes: object = {}): Configuration =>
  parseConfiguration(
    {
      name: "tiny",
      output,
      datasets: [
        { folder: cord, organs: { cord: [1] } },
        { folder: join(folder, "data", "phantom_kidneys_mr_t2"), organs: { kidneys: [1] } },
      ],
      preparation: { spacing: { policy: "fit", voxels: 16 } },
      network: { channels: 2, levels: 2 },
      patch: [16, 16, 16],
      ...changes,
    },
    "test",
  );

const image = (name: string): string => join(cord, "images", `${name}.nii.gz`);
const label = (name: string): string => join(cord, "labels", `${name}.nii.gz`);

let run: PreparedRun;
let written: string;
beforeAll(async () => {
  await makePhantomDatasets(join(folder, "data"), {
    casesPerDataset: 8,
    shape: [16, 16, 16],
    foreignCasesPerKind: 0,
  });
  run = await prepareRun(configured(), hooks);
  await writePlan(run);
  written = readFileSync(plan, "utf8");
});
beforeEach(() => {
  writeFileSync(plan, written);
  writeFileSync(join(output, "configuration.yaml"), stringify(configured()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Does something to the data while `work` goes on, and undoes it. */
async function meanwhile(change: () => () => void, work: () => Promise<void>): Promise<void> {
  const undo = change();
  try {
    await work();
  } finally {
    undo();
  }
}

const addCase = (): (() => void) => {
  copyFileSync(image("case_01"), image("case_99"));
  copyFileSync(label("case_01"), label("case_99"));
  return () => {
    rmSync(image("case_99"));
    rmSync(label("case_99"));
  };
};
const loseCase = (): (() => void) => {
  renameSync(image("case_02"), join(folder, "kept-image"));
  renameSync(label("case_02"), join(folder, "kept-label"));
  return () => {
    renameSync(join(folder, "kept-image"), image("case_02"));
    renameSync(join(folder, "kept-label"), label("case_02"));
  };
};
const changeCase = (path: (name: string) => string) => (): (() => void) => {
  const bytes = readFileSync(path("case_03"));
  copyFileSync(path("case_04"), path("case_03"));
  return () => writeFileSync(path("case_03"), bytes);
};

describe("the plan on disk", () => {
  it("gives back the very run: cases, parts, channels, fingerprint", async () => {
    const opened = await openRun(output, hooks);
    expect(opened).toEqual(run);
    const { datasets, channels } = JSON.parse(written) as Plan;
    expect(datasets.map(({ name, organs }) => [name, organs])).toEqual([
      ["phantom_cord_mr_t2", { cord: [1] }],
      ["phantom_kidneys_mr_t2", { kidneys: [1] }],
    ]);
    expect(channels.output).toEqual(["foreground"]);
  });

  it("is not passed over where someone changed its split", async () => {
    const other = JSON.parse(written) as Plan;
    const cases = other.datasets[0]!.cases;
    const [train, test] = (["train", "test"] as const).map(
      (part) => cases.find((item) => item.part === part)!,
    );
    train!.part = "test";
    test!.part = "train";
    writeFileSync(plan, JSON.stringify(other));
    await expect(openRun(output, hooks)).rejects.toThrow(/planned with other settings/);
  });

  it.each<[string, () => () => void, RegExp]>([
    [
      "an added case, which would reshuffle its dataset",
      addCase,
      /added cases: phantom_cord_mr_t2\/case_99,/,
    ],
    ["a lost case", loseCase, /lost cases: phantom_cord_mr_t2\/case_02/],
    ["a changed image", changeCase(image), /other bytes: phantom_cord_mr_t2\/case_03/],
    ["a changed label", changeCase(label), /other bytes: phantom_cord_mr_t2\/case_03/],
  ])("is refused with %s", async (_, change, message) => {
    await meanwhile(change, async () => {
      await expect(openRun(output, hooks)).rejects.toThrow(message);
      await expect(reopenRun(configured(), hooks)).rejects.toThrow(message);
    });
    expect((await openRun(output, hooks)).split).toEqual(run.split);
  });

  it("is refused where two cases are now one person", async () => {
    const rows = Array.from(
      { length: 8 },
      (_, n) => `phantom_cord_mr_t2,case_0${n + 1},p${n === 0 ? 2 : n + 1}`,
    );
    writeFileSync(subjects, ["dataset,case,subject", ...rows].join("\n"));
    const [first, second] = configured().datasets;
    const named = configured({ datasets: [{ ...first, subjects }, second] });
    await expect(reopenRun(named, hooks)).rejects.toThrow(/another subject: phantom_cord_mr_t2\/case_01/);
  });

  it("is refused with datasets or organs that are not those of the run", async () => {
    const [first, second] = configured().datasets;
    const reopened = (datasets: object[]) => reopenRun(configured({ datasets }), hooks);
    await expect(reopened([first!])).rejects.toThrow(/lost datasets: phantom_kidneys_mr_t2/);
    await expect(reopened([first!, { ...second, name: "b" }])).rejects.toThrow(
      /added datasets: b; lost datasets/,
    );
    await expect(reopened([{ ...first, organs: { spleen: [1] } }, second!])).rejects.toThrow(
      /other organs of phantom_cord_mr_t2/,
    );
  });

  it("is refused with other settings of the training, by name, and not with others", async () => {
    const other = configured({ optimiser: { learningRate: 0.5 }, batch: 3 });
    await expect(reopenRun(other, hooks)).rejects.toThrow(
      /batch 3 instead of 2; optimiser\.learningRate 0\.5 instead of 0\.001/,
    );
    const divided = configured({ split: { seed: 9 } });
    await expect(reopenRun(divided, hooks)).rejects.toThrow(/split\.seed 9 instead of 1/);
    const harmless = configured({
      guard: { alpha: 0.4 },
      name: "renamed",
      threads: 1,
      card: { licence: "CC0" },
    });
    const reopened = await reopenRun(harmless, hooks);
    expect(reopened.fingerprint).toBe(run.fingerprint);
    expect(reopened.configuration.guard.alpha).toBe(0.4);
  });

  it("holds against the settings where the run's own configuration was changed or lost", async () => {
    const stored = join(output, "configuration.yaml");
    for (const changed of [
      configured({ seed: 7 }),
      configured({ preparation: { cropToForeground: false } }),
    ]) {
      writeFileSync(stored, stringify(changed));
      await expect(openRun(output, hooks)).rejects.toThrow(
        /plan\.json: found a run that was planned with other/,
      );
    }
    rmSync(stored);
    await expect(reopenRun(configured({ seed: 7 }), hooks)).rejects.toThrow(/planned with other settings/);
    expect((await reopenRun(configured(), hooks)).split).toEqual(run.split);
  });

  it("is found where the folder was moved to", async () => {
    const moved = join(folder, "moved");
    renameSync(output, moved);
    try {
      const opened = await openRun(moved, hooks);
      expect(opened.configuration.output).toBe(moved);
      expect(opened.fingerprint).toBe(run.fingerprint);
    } finally {
      renameSync(moved, output);
    }
  });

  it.each<[string, string, RegExp]>([
    ["no JSON", "{", /plan\.json: found text that is not JSON/],
    ["of an earlier version", '{"fingerprint":"1","split":{"train":[]}}', /earlier version.*Train again/],
    ["of a later version", '{"format":"sureseg-plan","version":2}', /found version 2, expected version 1/],
    ["without cases", '{"format":"sureseg-plan","version":1}', /plan\.json, fingerprint/],
  ])("is refused where it is %s", async (_, text, message) => {
    writeFileSync(plan, text);
    await expect(openRun(output, hooks)).rejects.toThrow(message);
  });

  it("is missed in a folder without a run", async () => {
    await expect(openRun(folder, hooks)).rejects.toThrow(/plan\.json: found no readable file \(ENOENT\)/);
  });
});
