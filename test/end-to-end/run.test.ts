/** The real binary on the way of a run: what is refused before any work, what is never lost, and what can be made again. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guardFromJson } from "../../src/ood/index.js";
import { Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const run = join(folder, "run");
const kidneys = join(folder, "data", "phantom_kidneys_mr_t2");

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "hex")]));

const guardOf = (bundle: string) => guardFromJson(readFileSync(join(bundle, "guard.json"), "utf8"));

async function expectError(args: readonly string[], message: RegExp): Promise<void> {
  const { status, stderr } = await sureseg(...args, "--quiet");
  expect(stderr).toMatch(message);
  expect(status).toBe(1);
}

describe("a promise that the guard could not keep", () => {
  const small = { datasets: [{ folder: "data/phantom_liver_ct", organs: { liver: [1] } }] };

  it("is refused before the first update, with what would do; and what is advised does", async () => {
    const path = configuration("unfit", { ...small, split: {} });
    await expectError(
      ["train", path],
      /guard\.alpha: found 0\.1 with 2 validation images, expected at least 9 .*guard\.alpha to 0\.3334 or more/,
    );
    expect(existsSync(join(folder, "unfit", "plan.json"))).toBe(false);
    const { status, stderr } = await sureseg(
      "train",
      configuration("unfit", { ...small, split: {}, guard: { alpha: 0.3334 } }),
      "--quiet",
    );
    expect(status, stderr).toBe(0);
  });

  it("is kept by the training images, each left out, where no image was set aside", async () => {
    const { status, stderr } = await sureseg(
      "train",
      configuration("unvalidated", { ...small, split: { validation: 0 } }),
      "--quiet",
    );
    expect(status, stderr).toBe(0);
    const bundle = join(folder, "unvalidated", "bundle");
    expect(guardOf(bundle).calibration).toMatchObject({ source: "leave-one-out", leaveOut: "subject" });
    expect(JSON.parse(readFileSync(join(bundle, "calibration.json"), "utf8"))).toEqual({
      temperature: 1,
      images: 0,
    });
  });
});

describe("packing again", () => {
  it("without a word about alpha gives the very same bundle", async () => {
    const before = filesOf(join(run, "bundle"));
    rmSync(join(run, "bundle"), { recursive: true });
    const { status, stdout, stderr } = await sureseg("pack", run, "--quiet");
    expect(status, stderr).toBe(0);
    expect(stdout.trim()).toBe(join(run, "bundle"));
    expect(filesOf(join(run, "bundle"))).toEqual(before);
  });

  it("with another alpha gives another threshold with the same weights, and trains nothing", async () => {
    const checkpoint = statSync(join(run, "last.safetensors")).mtimeMs;
    const other = join(folder, "cautious");
    const { status, stdout, stderr } = await sureseg(
      "pack",
      run,
      "--alpha",
      "0.4",
      "--out",
      other,
      "--quiet",
    );
    expect(status, stderr).toBe(0);
    expect(stdout.trim()).toBe(other);
    const [first, second] = [guardOf(join(run, "bundle")), guardOf(other)];
    expect(first.threshold.choice).toEqual({ rule: "conformal", alpha: 0.1 });
    expect(second.threshold.choice).toEqual({ rule: "conformal", alpha: 0.4 });
    expect(second.threshold.value).toBeLessThan(first.threshold.value);
    expect(second.calibration).toEqual(first.calibration);
    expect(filesOf(other)["model.onnx"]).toBe(filesOf(join(run, "bundle"))["model.onnx"]);
    expect(statSync(join(run, "last.safetensors")).mtimeMs).toBe(checkpoint);
  });

  it("keeps the sizes of the training images, by which others are judged", () => {
    const { fieldOfView } = JSON.parse(readFileSync(join(run, "bundle", "labels.json"), "utf8"));
    expect(fieldOfView.map(({ dataset }: { dataset: string }) => dataset)).toEqual([
      "phantom_liver_ct",
      "phantom_kidneys_mr_t2",
    ]);
    for (const { smallest, largest } of fieldOfView)
      for (const axis of [0, 1, 2]) expect(smallest[axis]).toBeLessThanOrEqual(largest[axis]);
  });

  it("measures test images before they calibrate, and tests the promise by them", async () => {
    await expectError(["pack", run, "--final"], /evaluation\.json: found no evaluation.*sureseg evaluate/);
    const evaluated = await sureseg("evaluate", run, "--json", "--quiet");
    expect(evaluated.status, evaluated.stderr).toBe(0);
    const { cases, guard } = JSON.parse(evaluated.stdout);
    expect(guard.promise).toMatchObject({ alpha: 0.1, calibrationImages: 10, rank: 1, images: cases.length });
    expect(guard.promise.pValue).toBeGreaterThan(0);
  });

  it("lets measured test images calibrate the bundle that ships, and never measures by them again", async () => {
    const { datasets } = JSON.parse(readFileSync(join(run, "plan.json"), "utf8"));
    const planned: { part: string }[] = datasets.flatMap(({ cases }: { cases: { part: string }[] }) => cases);
    const measured = planned.filter(({ part }) => part === "test").length;
    const before = guardOf(join(run, "bundle")).calibration.images!;
    const { status, stderr } = await sureseg("pack", run, "--final", "--confidence", "0.5", "--quiet");
    expect(status, stderr).toBe(0);
    const after = guardOf(join(run, "bundle"));
    expect(after.calibration.images).toHaveLength(before.length + measured);
    expect(after.calibration.images).toEqual(expect.arrayContaining([...before]));
    expect(after.threshold.choice).toEqual({ rule: "conformal", alpha: 0.1, confidence: 0.5 });
    expect(readFileSync(join(run, "bundle", "card.md"), "utf8")).toMatch(
      /with 50 % confidence[\s\S]*validation and test images, after these were measured/,
    );
    await expectError(["evaluate", run], /which calibrated this bundle/);
    expect((await sureseg("pack", run, "--quiet")).status).toBe(0);
  });

  it("is refused where it cannot work or would lose something", async () => {
    await expectError(
      ["pack", run, "--alpha", "0.05"],
      /--alpha: found 0\.05 with 10 validation images.*0\.091/,
    );
    await expectError(["pack", folder], /plan\.json: found no readable file/);
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "precious"), "mine");
    await expectError(["pack", run, "--out", full], /full: found a folder with 1 file in it.*--overwrite/);
    expect(readdirSync(full)).toEqual(["precious"]);
    expect((await sureseg("pack", run, "--alpha", "1", "--quiet")).status).toBe(2);
  });
});

describe("train --final", () => {
  it("measures the test images, lets them calibrate, and predicts no image twice for it", async () => {
    const output = join(folder, "final");
    const bundle = join(output, "bundle");
    const { status, stdout, stderr } = await sureseg("train", configuration("final"), "--final");
    expect(status, stderr).toBe(0);
    expect(stdout.trim()).toBe(bundle);
    const { datasets } = JSON.parse(readFileSync(join(output, "plan.json"), "utf8"));
    const planned: { part: string }[] = datasets.flatMap(({ cases }: { cases: { part: string }[] }) => cases);
    const images = (...parts: string[]) => planned.filter(({ part }) => parts.includes(part)).length;
    expect(JSON.parse(readFileSync(join(output, "evaluation.json"), "utf8")).cases).toHaveLength(
      images("test"),
    );

    const { calibration, threshold } = guardOf(bundle);
    expect(calibration.images).toHaveLength(images("validation", "test"));
    expect(calibration.measures).toHaveLength(images("validation", "test"));
    for (const { files } of calibration.images!) expect(files).toMatch(/^[0-9a-f]{64}$/);
    expect(threshold.choice).toEqual({ rule: "conformal", alpha: 0.1 });
    expect(JSON.parse(readFileSync(join(bundle, "calibration.json"), "utf8")).images).toBe(
      images("validation", "test"),
    );
    expect(readFileSync(join(bundle, "card.md"), "utf8")).toMatch(
      /calibrated on[\s\S]*validation and test images, after these were measured/,
    );
    await expectError(["evaluate", output], /which calibrated this bundle/);

    // The bundle is that of a packing that predicts every image anew.
    expect(stderr).toContain(`fitting temperature and guard (${images("train", "validation")} images)`);
    expect(stderr).toContain(`fitting temperature and guard (${images("test")} images)`);
    const anew = join(folder, "anew");
    expect((await sureseg("pack", output, "--final", "--out", anew, "--quiet")).status).toBe(0);
    expect(filesOf(anew)).toEqual(filesOf(bundle));
  });

  it("is refused before the first update where no test image can calibrate", async () => {
    const untested = configuration("untested", { split: { test: 0, validation: 0.35 } });
    await expectError(["train", untested, "--final"], /untested: found no test images.*split\.test/);
    const ensemble = configuration("several");
    await expectError(
      ["train", ensemble, "--folds", "3", "--final"],
      /several: found an ensemble of 3 networks.*leave --final out/,
    );
    for (const name of ["untested", "several"])
      expect(existsSync(join(folder, name, "plan.json"))).toBe(false);
  });
});

describe("an earlier run", () => {
  it("is not overwritten unasked", async () => {
    const before = filesOf(join(run, "bundle"));
    const log = readFileSync(join(run, "log.jsonl"), "utf8");
    await expectError(
      ["train", configuration("run", { seed: 5 })],
      /run: found an earlier run .*--resume.*--overwrite/,
    );
    expect(filesOf(join(run, "bundle"))).toEqual(before);
    expect(readFileSync(join(run, "log.jsonl"), "utf8")).toBe(log);
  });

  it("is not replaced by a demo", async () => {
    await expectError(
      ["demo", "--out", run],
      /run: found an earlier run .*Give the demo another folder by --out, or/,
    );
    expect(existsSync(join(run, "data"))).toBe(false);
  });

  it("is replaced where that is asked for, with all that was made from it", async () => {
    const copy = join(folder, "replaced");
    cpSync(run, copy, { recursive: true });
    writeFileSync(join(copy, "report.html"), "of the earlier run");
    writeFileSync(join(copy, "notes.txt"), "mine");
    const path = configuration("replaced", { seed: 5 });
    expect((await sureseg("train", path, "--overwrite", "--resume", "--quiet")).status).toBe(2);
    const { status, stderr } = await sureseg("train", path, "--overwrite", "--quiet");
    expect(status, stderr).toBe(0);
    expect(filesOf(join(copy, "bundle"))["model.onnx"]).not.toBe(filesOf(join(run, "bundle"))["model.onnx"]);
    expect(existsSync(join(copy, "report.html"))).toBe(false);
    expect(readFileSync(join(copy, "notes.txt"), "utf8")).toBe("mine");
    expect(readdirSync(join(copy, "tensorboard"))).toHaveLength(1);
  });

  it("is gone on with under another promise, and not with other settings", async () => {
    const path = configuration("run", { guard: { alpha: 0.3 }, card: { licence: "CC0" } });
    const { status, stderr } = await sureseg("train", path, "--resume", "--quiet");
    expect(status, stderr).toBe(0);
    expect(guardOf(join(run, "bundle")).threshold.choice).toEqual({ rule: "conformal", alpha: 0.3 });
    await expectError(
      ["train", configuration("run", { optimiser: { learningRate: 0.5 } }), "--resume"],
      /plan\.json: found a run with other settings: optimiser\.learningRate 0\.5 instead of 0\.001/,
    );
  });

  it("is evaluated on the cases of its plan, or not at all", async () => {
    const planned = JSON.parse(readFileSync(join(run, "plan.json"), "utf8"));
    const tests = planned.datasets.flatMap(
      ({ name, cases }: { name: string; cases: { id: string; part: string }[] }) =>
        cases.filter(({ part }) => part === "test").map(({ id }) => `${name}/${id}`),
    );
    const evaluated = await sureseg("evaluate", run, "--json", "--quiet");
    expect(evaluated.status, evaluated.stderr).toBe(0);
    const found = JSON.parse(evaluated.stdout).cases;
    expect(found.map((item: { dataset: string; case: string }) => `${item.dataset}/${item.case}`)).toEqual(
      tests,
    );
    const added = (part: string): string => join(kidneys, part, "case_99.nii.gz");
    const description = join(kidneys, "dataset.json");
    const before = readFileSync(description, "utf8");
    const json = JSON.parse(before);
    for (const part of ["imagesTr", "labelsTr"]) cpSync(join(kidneys, part, "case_01.nii.gz"), added(part));
    json.training.push({ image: "./imagesTr/case_99.nii.gz", label: "./labelsTr/case_99.nii.gz" });
    writeFileSync(description, JSON.stringify(json));
    await expectError(
      ["evaluate", run],
      /added cases: phantom_kidneys_mr_t2\/case_99, expected every case of the plan/,
    );
    await expectError(["pack", run], /added cases/);
    await expectError(["train", configuration("run"), "--resume"], /added cases/);
    for (const part of ["imagesTr", "labelsTr"]) rmSync(added(part));
    writeFileSync(description, before);
    expect((await sureseg("evaluate", run, "--quiet")).status).toBe(0);
  });
});
