/** The real binary runs a whole study: alone, in shards side by side, killed and started again; the results are the same. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { readVolumeFile } from "../../src/dataset/index.js";
import { casesOf, openStudyData } from "../../src/study/data/study-data.js";
import { planStudy, type Unit } from "../../src/study/protocol/plan-study.js";
import { readStudy } from "../../src/study/protocol/study-configuration.js";
import { type StudyResult, studyResultSchema } from "../../src/study/protocol/study-result.js";
import { binary, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg } = workplace;

function configuration(output: string, changes: object = {}): string {
  const path = join(folder, `${output}.yaml`);
  const dataset = (name: string) => ({ folder: `data/${name}`, organs: { organ: [1] } });
  writeFileSync(
    path,
    stringify({
      name: "tiny",
      output,
      datasets: [dataset("phantom_liver_ct"), dataset("phantom_kidneys_mr_t2")],
      preparation: { spacing: { policy: "fit", voxels: 16 } },
      network: { channels: 4, levels: 2, dropout: 0.2 },
      patch: [16, 16, 16],
      batch: 1,
      seeds: [1],
      ensembleSeeds: [2],
      split: { folds: 3, run: [0], validation: 0.35 },
      updatesPerDataset: 6,
      fineTuningUpdates: 3,
      leaveOuts: [["phantom_kidneys_mr_t2"]],
      foreign: [{ folder: "data/foreign_breast_us", modality: "US" }],
      corruptions: { volumesPerDataset: 1, severities: [2] },
      uncertainty: { dropoutPasses: 2, flips: 1 },
      ...changes,
    }),
  );
  return path;
}

/** What was found, without when and how fast. */
function found(output: string): object {
  const {
    created: _,
    seconds: __,
    runs,
    ...rest
  } = JSON.parse(readFileSync(join(folder, output, "study.json"), "utf8"));
  return { ...rest, runs: runs.map((run: object) => ({ ...run, seconds: 0 })) };
}

const single = ["--threads", "1", "--quiet"];

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("study", configuration("whole"), ...single);
  expect(status, stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("leaves numbers that fit the schema, for every strategy and kind of image", () => {
  const result = studyResultSchema.parse(
    JSON.parse(readFileSync(join(folder, "whole", "study.json"), "utf8")),
  );
  expect(new Set(result.cases.map(({ strategy }) => strategy))).toEqual(
    new Set(["dedicated", "transfer", "joint", "fine-tuned"]),
  );
  expect(new Set(result.scores.map(({ kind }) => kind))).toEqual(new Set(["in", "near", "far"]));
  const detectors = new Set(
    result.detection.filter(({ network }) => network === "joint").map((row) => row.detector),
  );
  for (const name of [
    "spectral-signature",
    "spectral-signature/paper/bottleneck",
    "entropy",
    "dropout-entropy",
    "ensemble-disagreement",
    "augmentation-entropy",
    "mahalanobis",
    "k-nearest-neighbours",
    "intensity-histogram",
    "dataset-classifier",
    "feature-classifier",
  ])
    expect(detectors).toContain(name);
  expect(new Set(result.scores.map(({ detector }) => detector))).toEqual(
    new Set(["joined-guard", "spectral-signature"]),
  );
  const guard = result.promises.find(
    ({ network, detector }) => network === "joint-fold0-seed1" && detector === "joined-guard",
  );
  expect(guard).toMatchObject({ calibratedBy: "held-out", calibrationImages: 10, rank: 1 });
  const promise = result.claims.find(({ name }) => name === "promise")!;
  expect(promise.evidence).toMatch(
    /beta-binomial law.*joint-fold0-seed1: \d+ of \d+, threshold from 10 validation images/,
  );
  const names = result.datasets.map(({ name }) => name);
  expect(result.matrix.datasets).toEqual(names);
  expect(result.matrix.auroc.map((row) => row.filter((value) => value === null).length)).toEqual([1, 1]);
});

it("keeps maps of entropy and mutual information of a held-out volume of each dataset, and shows them", async () => {
  const maps = join(folder, "whole", "maps");
  expect(readdirSync(maps)).toEqual(["phantom_kidneys_mr_t2", "phantom_liver_ct"]);
  for (const dataset of readdirSync(maps)) {
    const [id] = readdirSync(join(maps, dataset));
    const read = (name: string) => readVolumeFile(join(maps, dataset, id!, `${name}.nii.gz`));
    const reference = await read("reference");
    for (const source of ["dropout", "ensemble", "augmentation"]) {
      const [entropy, information] = [
        await read(`${source}-entropy`),
        await read(`${source}-mutual-information`),
      ];
      expect(entropy.shape).toEqual(reference.shape);
      expect(Math.max(...entropy.data)).toBeLessThanOrEqual(Math.fround(Math.LN2));
      information.data.forEach((value, at) => {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(entropy.data[at]! + 1e-6);
      });
      expect(Math.max(...information.data)).toBeGreaterThan(0);
    }
  }
  const page = readFileSync(join(folder, "whole", "study.html"), "utf8");
  expect(page.match(/<image /g)).toHaveLength(12);
});

it("says beforehand what it would do and for how long, and afterwards what is done", async () => {
  const before = await sureseg("study", configuration("planned"), "--plan", ...single);
  expect(before.stdout).toMatch(/joint-fold0-seed1: 2 datasets, 12 updates, about \d+ (?:s|min)/);
  expect(before.stdout).toMatch(/12 units, 0 done; about \d+ (s|min) left with 1 process/);
  expect(existsSync(join(folder, "planned", "units"))).toBe(false);
  const after = await sureseg("study", configuration("whole"), "--plan", ...single);
  expect(after.stdout).toMatch(/12 units, 12 done; about 0 s left/);
});

it("gives the same result in shards side by side as in one run", async () => {
  const path = configuration("sharded");
  const shards = ["0/2", "1/2"].map((shard) => sureseg("study", path, "--shard", shard, ...single));
  for (const { status, stderr, stdout } of await Promise.all(shards)) {
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/shard \d\/2: \d+ of 12 units done/);
  }
  expect(existsSync(join(folder, "sharded", "study.json"))).toBe(false);
  expect((await sureseg("study", path, ...single)).status).toBe(0);
  expect(found("sharded")).toEqual(found("whole"));
});

it("killed and started again, in processes of its own, goes on and gives the same result", async () => {
  const path = configuration("killed");
  const child = spawn(process.execPath, [binary, "study", path, ...single], { cwd: folder });
  const units = join(folder, "killed", "units");
  while (!existsSync(join(units, "joint-fold0-seed1", "result.json")))
    await new Promise((ready) => setTimeout(ready, 50));
  child.kill("SIGKILL");
  await new Promise((closed) => child.on("close", closed));
  const result = join(units, "joint-fold0-seed1", "result.json");
  const first = readFileSync(result, "utf8");
  const again = await sureseg("study", path, "--processes", "2", ...single);
  expect(again.status, again.stderr).toBe(0);
  expect(readFileSync(result, "utf8")).toBe(first);
  expect(found("killed")).toEqual(found("whole"));
});

it("stops every strategy by the same rule, after as many patches a dataset", async () => {
  const path = configuration("patient", {
    strategies: ["dedicated", "transfer", "joint"],
    // No update changes a weight, so that no validation is better than the first.
    optimiser: { learningRate: 1e-30 },
    validationsPerTraining: 6,
    earlyStopping: 2,
    ensembleSeeds: [],
    leaveOuts: [],
    foreign: [],
    corruptions: { volumesPerDataset: 0 },
    uncertainty: { dropoutPasses: 0, flips: 0 },
  });
  const { status, stderr } = await sureseg("study", path, ...single);
  expect(status, stderr).toBe(0);
  const { runs, notes }: StudyResult = JSON.parse(
    readFileSync(join(folder, "patient", "study.json"), "utf8"),
  );
  const lengths = runs.map(({ strategy, datasets, updates, bestUpdate }) => [
    strategy,
    updates / datasets.length,
    bestUpdate! / datasets.length,
  ]);
  expect(lengths).toEqual([
    ["joint", 3, 1],
    ["dedicated", 3, 1],
    ["dedicated", 3, 1],
    ["transfer", 3, 1],
  ]);
  expect(notes.join("\n")).toMatch(/after 2 of its 6 validations without a better loss: 4 of 4 did/);
});

it("refuses a promise that the joint network's guard could not keep, before anything is trained", async () => {
  const path = configuration("promising", { alpha: 0.05 });
  for (const more of [["--plan"], []]) {
    const { status, stderr } = await sureseg("study", path, ...more, ...single);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /alpha: found 0\.05 with 10 validation images, expected at least 19 .*alpha to 0\.091 or more/,
    );
  }
  expect(existsSync(join(folder, "promising", "units"))).toBe(false);
});

it("refuses to mix results of two configurations", async () => {
  const { status, stderr } = await sureseg(
    "study",
    configuration("whole", { updatesPerDataset: 7 }),
    ...single,
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/result of another configuration/);
  const wrong = await sureseg("study", configuration("wrong", { updatePerDataset: 1 }), ...single);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toMatch(/updatePerDataset: unknown field, did you mean updatesPerDataset\?/);
  const shard = await sureseg("study", configuration("whole"), "--shard", "2/2", ...single);
  expect(shard.stderr).toMatch(/--shard: found 2\/2/);
});

it("never lets a subject, or a test volume, into more than one part of a unit's work", async () => {
  const hooks = { stage: () => {}, progress: () => {} };
  const data = await openStudyData(await readStudy(configuration("whole")), hooks);
  const subjects = (unit: Unit, part: "train" | "validation" | "test"): Set<string> => {
    const datasets = unit.kind === "train" ? unit.datasets : unit.inside;
    return new Set(casesOf(data, unit.fold, part, datasets).map(({ subject }) => subject));
  };
  for (const unit of planStudy(data.study, data.datasets)) {
    const [train, validation, test] = (["train", "validation", "test"] as const).map((part) =>
      subjects(unit, part),
    );
    expect(train!.size * validation!.size * test!.size).toBeGreaterThan(0);
    for (const subject of test!) expect(train!.has(subject) || validation!.has(subject)).toBe(false);
    for (const subject of validation!) expect(train!.has(subject)).toBe(false);
    if (unit.kind !== "detect") continue;
    // Far images of a fold are held out of every network's training as well.
    const far = casesOf(data, unit.fold, "test", unit.outside);
    for (const { subject } of far) expect(train!.has(subject)).toBe(false);
  }
});

it("answers for another alpha from what is done, and refuses foreign images that changed", async () => {
  const whole = (): StudyResult =>
    studyResultSchema.parse(JSON.parse(readFileSync(join(folder, "whole", "study.json"), "utf8")));
  const before = whole();
  const changed = configuration("whole", { alpha: 0.2, name: "renamed" });
  const { status, stderr } = await sureseg("study", changed, ...single);
  expect(status, stderr).toBe(0);
  const after = whole();
  expect(after.scores.map(({ score }) => score)).toEqual(before.scores.map(({ score }) => score));
  const joint = ({ network }: { network: string }): boolean => network.startsWith("joint");
  // Of the networks with images enough for both; a dedicated one has too few for 10 %.
  const pValues = (result: StudyResult): (number | null)[] =>
    result.scores.filter(joint).map(({ pValue }) => pValue);
  expect(pValues(before).every((pValue) => pValue !== null)).toBe(true);
  expect(pValues(after)).toEqual(pValues(before));
  const promised = (result: StudyResult): number[] => [
    ...new Set(result.thresholds.filter(joint).map(({ alpha }) => alpha)),
  ];
  expect(promised(before)).toEqual([0.1]);
  expect(promised(after)).toEqual([0.2]);
  // Other bytes, if of the same voxels.
  const image = join(folder, "data", "foreign_breast_us");
  const [file] = readdirSync(image, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".nii.gz"),
  );
  const path = join(image, file!);
  writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)), { level: 1 }));
  const refused = await sureseg("study", changed, ...single);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/detect-joint-fold0-seed1.*result of another configuration or other data/);
});
