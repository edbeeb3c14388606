/** `sureseg guard layers` and `guard fit` on the real binary: a network comes back as a guarded bundle that does the same. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readVolumeFile } from "../../src/dataset/index.js";
import { guardFromJson } from "../../src/ood/index.js";
import { type Outcome, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const images = join(folder, "data", "phantom_liver_ct", "imagesTr");
const labels = join(folder, "data", "phantom_liver_ct", "labelsTr");
const model = join(folder, "run", "bundle", "model.onnx");
const part = (bundle: string, name: string) => JSON.parse(readFileSync(join(folder, bundle, name), "utf8"));

/** Writes a network file, with changes; returns its path. */
function networkFile(name: string, changes: object = {}): string {
  const path = join(folder, `${name}.yaml`);
  const { window, overlap, fixedSize } = part("run/bundle", "inference.json");
  const file = {
    name: "theirs",
    modalities: ["CT"],
    organs: { liver: 1 },
    output: { name: "logits", labelMode: "shared" },
    preparation: part("run/bundle", "preparation.json"),
    windows: { window, overlap, fixedSize },
    ...changes,
  };
  writeFileSync(path, stringify(file));
  return path;
}

const adopt = (file: string, out: string, ...more: string[]): Promise<Outcome> =>
  sureseg(
    "guard",
    "fit",
    "--model",
    model,
    "--images",
    images,
    "--preparation",
    file,
    "--out",
    out,
    "--quiet",
    ...more,
  );

beforeAll(async () => {
  await workplace.fill();
  const settings = {
    datasets: [{ folder: "data/phantom_liver_ct", organs: { liver: [1] } }],
    guard: { alpha: 0.3334 },
  };
  const { status, stderr } = await sureseg(
    "train",
    configuration("run", { ...settings, split: {} }),
    "--quiet",
  );
  expect(status, stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("lists what could be tapped, with strides that were seen", async () => {
  const { status, stdout, stderr } = await sureseg("guard", "layers", model, "--json", "--quiet");
  expect(status, stderr).toBe(0);
  const { input, outputs, layers } = JSON.parse(stdout);
  expect(input.name).toBe("image");
  expect(outputs.map(({ name }: { name: string }) => name)).toContain("logits");
  const strides = new Set(layers.map((layer: { strides: number[] }) => layer.strides.join()));
  expect(strides).toEqual(new Set(["1,1,1", "2,2,2"]));
  expect(layers.filter(({ usual }: { usual: boolean }) => usual)).toHaveLength(2);
  const table = await sureseg("guard", "layers", model, "--quiet");
  expect(table.stdout).toMatch(/^\* +\S+ +LeakyRelu +\d+ +2 x 2 x 2$/m);
});

describe("a fitted network", () => {
  it("segments as it did, and its guard keeps its promise on what it was fitted on", async () => {
    const { status, stdout, stderr } = await adopt(networkFile("plain"), "fitted");
    expect(status, stderr).toBe(0);
    expect(stdout.trim()).toBe(join(folder, "fitted"));
    expect(part("fitted", "calibration.json")).toEqual({ temperature: 1, images: 0 });
    const guard = guardFromJson(readFileSync(join(folder, "fitted", "guard.json"), "utf8"));
    expect(guard.calibration).toMatchObject({ source: "leave-one-out" });
    expect(guard.training).toHaveLength(14);

    const one = join(images, "case_01.nii.gz");
    const masks = [];
    for (const bundle of ["run/bundle", "fitted"]) {
      const out = `by-${bundle.replace("/", "-")}`;
      const predicted = await sureseg("predict", bundle, one, "--modality", "CT", "--out", out, "--quiet");
      expect([0, 3], predicted.stderr).toContain(predicted.status);
      masks.push(await readVolumeFile(join(folder, out, "case_01_mask.nii.gz")));
    }
    // Temperatures differ, which moves no voxel over 0.5.
    expect(masks[1]!.data).toEqual(masks[0]!.data);

    const all = readdirSync(images).map((name) => join(images, name));
    const checked = await sureseg("guard", "check", "fitted", ...all, "--json", "--quiet");
    const foreign = checked.stdout
      .trim()
      .split("\n")
      .filter((line) => JSON.parse(line).foreign);
    expect(foreign.length).toBeLessThanOrEqual(3);
    const strange = join(folder, "data", "foreign_breast_us", "images");
    const others = existsSync(strange) ? readdirSync(strange).map((name) => join(strange, name)) : [];
    expect(others.length).toBeGreaterThan(0);
    const refused = await sureseg("guard", "check", "fitted", ...others, "--modality", "CT", "--quiet");
    expect(refused.status, refused.stderr).toBe(3);
  });

  it("with labels also has a temperature and an accuracy, the network's own", async () => {
    const { status, stdout, stderr } = await adopt(networkFile("labelled"), "measured", "--labels", labels);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^theirs +14 /m);
    expect(part("measured", "calibration.json")).toMatchObject({ images: 14 });
    expect(part("measured", "card.json").metrics).toMatchObject([
      { dataset: "theirs", metric: "Dice", images: 14 },
      { dataset: "theirs", metric: "HD95 (mm)" },
      { dataset: "theirs", metric: "ASSD (mm)" },
    ]);
  });
});

it("a bundle is evaluated on any images with labels, as the run that it came from is on its own", async () => {
  const asked = ["--images", images, "--labels", labels, "--json", "--quiet"];
  const { status, stdout, stderr } = await sureseg("evaluate", "fitted", ...asked);
  expect(status, stderr).toBe(0);
  const { cases } = JSON.parse(stdout);
  expect(cases).toHaveLength(14);
  // Temperatures differ, and with them what is interpolated.
  const own = await sureseg("evaluate", "run", "--json", "--quiet");
  for (const { case: id, dice } of JSON.parse(own.stdout).cases)
    expect(cases.find((one: { case: string }) => one.case === id).dice).toBeCloseTo(dice, 1);
  const half = await sureseg("evaluate", "fitted", "--images", images, "--quiet");
  expect(half.stderr).toMatch(/--images: found one of the two alone/);
  expect(half.status).toBe(1);
});

it.each<[string, () => Promise<Outcome>, RegExp]>([
  [
    "a promise that the images cannot keep",
    () => adopt(networkFile("a"), "no", "--alpha", "0.01"),
    /--alpha: found 0\.01 with 14 training images/,
  ],
  [
    "classes that no output has",
    () => adopt(networkFile("b", { organs: { a: 1, b: 2, c: 3, d: 4, e: 5 }, output: {} }), "no"),
    /model\.onnx: found outputs .* expected probabilities or logits \[1, 5 or 6, /,
  ],
  [
    "axes of another number",
    () => adopt(networkFile("c", { axes: "ji" }), "no"),
    /axes "ji" for a network of 3 axes/,
  ],
  [
    "another number of channels",
    () => adopt(networkFile("d", { modalities: ["CT", "CT"] }), "no"),
    /found (a network of 1 channels|1 channels)/,
  ],
  [
    "a layer that there is not",
    () => adopt(networkFile("e"), "no", "--layers", "nowhere"),
    /no layer nowhere.*guard layers/,
  ],
  [
    "a field that is unknown",
    () => adopt(networkFile("f", { axis: "kji" }), "no"),
    /unknown field, did you mean axes\?/,
  ],
  [
    "a text file",
    () => sureseg("guard", "layers", networkFile("g"), "--quiet"),
    /found (bytes that are no ONNX model|no network in it)/,
  ],
  ["no file", () => sureseg("guard", "layers", "gone.onnx", "--quiet"), /gone\.onnx: found no such file/],
])("refuses %s in one sentence, and writes nothing", async (_, run, message) => {
  const { status, stderr } = await run();
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("defect");
  expect(status).toBe(1);
  expect(existsSync(join(folder, "no"))).toBe(false);
});
