/** The real binary: an ensemble of which every image is held out once, on the whole way from `train --folds` to a verdict. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guardFromJson } from "../../src/ood/index.js";
import { binary, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const output = join(folder, "ensemble");
const bundle = join(output, "bundle");
/** Seconds for three networks. */
const short = { updates: 8, threads: 1 };
/** Two of 14 subjects of each dataset are kept for testing. */
const POOL = 24;

interface PlannedCases {
  readonly folds?: number;
  readonly datasets: readonly {
    readonly name: string;
    readonly cases: readonly { readonly id: string; readonly subject: string; readonly part: string }[];
  }[];
}
const planOf = (path: string): PlannedCases => JSON.parse(readFileSync(join(path, "plan.json"), "utf8"));
const partOf = ({ datasets }: PlannedCases, part: string): string[] =>
  datasets.flatMap(({ name, cases }) =>
    cases.filter((item) => item.part === part).map(({ id }) => `${name}/${id}`),
  );
const filesOf = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "hex")]));
const guardOf = (name: string) => guardFromJson(readFileSync(join(bundle, name), "utf8"));

let said: string;
/** As `train` packed them: an evaluation writes its figures onto the card. */
let packed: Record<string, string>;
beforeAll(async () => {
  await workplace.fill();
  const trained = await sureseg("train", configuration("ensemble", short), "--folds", "3");
  expect(trained.status, trained.stderr).toBe(0);
  expect(trained.stdout.trim()).toBe(bundle);
  said = trained.stderr;
  packed = filesOf(bundle);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("train --folds", () => {
  it("holds every case out once, and keeps the test part away from all folds", () => {
    const whole = planOf(output);
    expect(whole.folds).toBe(3);
    const kept = partOf(whole, "test");
    expect(kept).toHaveLength(4);
    const plans = [1, 2, 3].map((fold) => planOf(join(output, `fold-${fold}`)));
    const heldOut = plans.flatMap((plan) => partOf(plan, "test"));
    expect(heldOut.sort()).toEqual(partOf(whole, "train").sort());
    expect(heldOut).toHaveLength(POOL);
    for (const plan of plans) {
      const known = plan.datasets.flatMap(({ name, cases }) => cases.map(({ id }) => `${name}/${id}`));
      expect(known.filter((key) => kept.includes(key))).toEqual([]);
    }
  });

  it("packs one bundle of three networks, in whose guard every image calibrated once", () => {
    const names = Object.keys(filesOf(bundle));
    expect(names).toEqual(
      expect.arrayContaining([
        "model.onnx",
        "model-2.onnx",
        "model-3.onnx",
        "guard-3.json",
        "calibration-2.json",
      ]),
    );
    const guards = ["guard.json", "guard-2.json", "guard-3.json"].map(guardOf);
    for (const [at, guard] of guards.entries()) {
      expect(guard.calibration.measures).toHaveLength(POOL);
      expect(guard.calibration.measures).toEqual(guards[0]!.calibration.measures);
      expect(guard.threshold.choice).toEqual({ rule: "conformal", alpha: 0.1 });
      const trained = partOf(planOf(join(output, `fold-${at + 1}`)), "train");
      expect(guard.training.map((one) => `${one.dataset}/${one.case}`).sort()).toEqual(trained.sort());
    }
    expect(guards.reduce((sum, { calibration }) => sum + calibration.own!.count, 0)).toBe(POOL);
    const { temperature, images } = JSON.parse(readFileSync(join(bundle, "calibration.json"), "utf8"));
    expect(images).toBe(POOL);
    expect(temperature).toBeGreaterThan(0);
    expect(readFileSync(join(bundle, "card.md"), "utf8")).toMatch(
      /An ensemble of 3 3-D networks[\s\S]*cross-conformal/,
    );
  });

  it("tells how each training goes, and of which network", () => {
    expect(said).toMatch(
      /network 2 of 3, update 4 of 8.*: validation loss \d\.\d+, the best so far; Dice phantom_liver_ct \d\.\d+, phantom_kidneys_mr_t2 \d\.\d+/,
    );
  });
});

it("the bundle segments, judges and is evaluated as any other", async () => {
  const image = join(folder, "data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz");
  const given = ["--modality", "CT", "--json", "--quiet"];
  const predicted = await sureseg("predict", bundle, image, "--out", "out", ...given);
  expect([0, 3], predicted.stderr).toContain(predicted.status);
  for (const what of ["mask", "confidence", "entropy", "mutual-information"])
    expect(existsSync(join(folder, "out", `case_01_${what}.nii.gz`)), what).toBe(true);
  const checked = await sureseg("guard", "check", bundle, image, ...given);
  expect(checked.status).toBe(predicted.status);
  const { mask: _, ...verdict } = JSON.parse(predicted.stdout);
  expect(JSON.parse(checked.stdout)).toEqual(verdict);
  expect(verdict.foreign).toBe(verdict.pValue <= 0.1);

  const evaluated = await sureseg("evaluate", output, "--json", "--quiet");
  expect(evaluated.status, evaluated.stderr).toBe(0);
  const { cases } = JSON.parse(evaluated.stdout) as { cases: { dataset: string; case: string }[] };
  expect(cases.map((item) => `${item.dataset}/${item.case}`)).toEqual(partOf(planOf(output), "test"));
});

it("is packed again to the same bytes, and under another promise", async () => {
  rmSync(bundle, { recursive: true });
  const { status, stderr } = await sureseg("pack", output, "--quiet");
  expect(status, stderr).toBe(0);
  expect(filesOf(bundle)).toEqual(packed);
  const cautious = join(folder, "cautious");
  expect((await sureseg("pack", output, "--alpha", "0.4", "--out", cautious, "--quiet")).status).toBe(0);
  const other = guardFromJson(readFileSync(join(cautious, "guard-2.json"), "utf8"));
  expect(other.threshold.value).toBeLessThan(guardOf("guard-2.json").threshold.value);
});

it("stopped in the middle of the second network, it goes on to the same bundle", async () => {
  const path = configuration("stopped", short);
  const child = spawn(process.execPath, [binary, "train", path, "--folds", "3"], { cwd: folder });
  let stderr = "";
  const status = await new Promise<number | null>((done) => {
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      if (!child.killed && stderr.includes("network 2 of 3, update 4")) child.kill("SIGINT");
    });
    child.on("close", done);
  });
  expect(stderr).toContain(`Go on with: sureseg train ${path} --folds 3 --resume`);
  expect(status).toBe(130);
  expect(existsSync(join(folder, "stopped", "fold-3", "last.safetensors"))).toBe(false);
  const refused = await sureseg("train", path, "--folds", "4", "--resume", "--quiet");
  expect(refused.stderr).toMatch(
    /stopped: found an ensemble of 3 networks, expected one of 4, as --folds says/,
  );
  const resumed = await sureseg("train", path, "--resume", "--quiet");
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(filesOf(join(folder, "stopped", "bundle"))).toEqual(packed);
}, 180_000);

it("is an earlier run like any other: refused, and replaced where that is asked for", async () => {
  const path = configuration("ensemble", short);
  rmSync(bundle, { recursive: true });
  const { status, stderr } = await sureseg("train", path, "--quiet");
  expect(stderr).toMatch(/found an earlier run \(.*fold-1.*\)/);
  expect(status).toBe(1);
  const otherwise = {
    ...short,
    loss: { kind: "dice+cross-entropy+calibration" },
    calibration: { temperature: "signature" },
  };
  const replaced = await sureseg("train", configuration("ensemble", otherwise), "--overwrite", "--quiet");
  expect(replaced.status, replaced.stderr).toBe(0);
  expect(readdirSync(output).filter((name) => name.startsWith("fold"))).toEqual([]);
  expect(Object.keys(filesOf(bundle))).not.toContain("model-2.onnx");

  // The temperatures of a bundle are compared on the held-out volumes, told the dataset and not.
  const calibration = JSON.parse(readFileSync(join(bundle, "calibration.json"), "utf8"));
  expect(calibration.applied).toBe("signature");
  expect(Object.keys(calibration.alternatives.dataset)).toEqual([
    "phantom_liver_ct",
    "phantom_kidneys_mr_t2",
  ]);
  const evaluated = await sureseg("evaluate", output, "--quiet");
  expect(evaluated.stdout).toMatch(
    /ECE, mean over datasets: 0\.\d{3} without a temperature, 0\.\d{3} with one for all images, 0\.\d{3} by signature, 0\.\d{3} told the dataset; by chance alone 0\.\d{3}/,
  );
  expect(readFileSync(join(output, "report.html"), "utf8")).toMatch(/by signature[\s\S]*told the dataset/);
});

it("is refused before the first update where a promise could not be kept or a fold would be empty", async () => {
  const path = configuration("unfit", { guard: { alpha: 0.01 } });
  const promise = await sureseg("train", path, "--folds", "3", "--quiet");
  expect(promise.stderr).toMatch(/guard\.alpha: found 0\.01 with 24 validation images/);
  const many = await sureseg("train", configuration("unfit"), "--folds", "20", "--quiet");
  expect(many.stderr).toMatch(/--folds: found 20 folds of/);
  expect(existsSync(join(folder, "unfit", "plan.json"))).toBe(false);
  expect((await sureseg("train", path, "--folds", "1", "--quiet")).status).toBe(2);
});
