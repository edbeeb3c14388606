import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { writeVolume } from "../sources/index.js";
import { affineFromSpacing, reorient, type Volume } from "../volume/index.js";
import { inspectDataset, refuseIfBroken } from "./inspect.js";
import type { Problem } from "./inspect-case.js";
import { loadImage, loadLabels } from "./load-case.js";
import { openDataset } from "./open-dataset.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-inspect-"));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const place = affineFromSpacing([2, 2, 5], [1, 2, 3]);
const shape = [4, 5, 6] as const;
const scan: Volume = {
  shape,
  channels: 1,
  affine: place,
  data: Float32Array.from({ length: 120 }, (_, at) => at - 40),
};
const mask: Volume = {
  shape,
  channels: 1,
  affine: place,
  data: Uint8Array.from({ length: 120 }, (_, at) => (at < 50 ? 1 : at < 60 ? 2 : 0)),
};

async function put(name: string, content: Volume | Uint8Array): Promise<string> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content instanceof Uint8Array ? content : await writeVolume(content, path));
  return path;
}

const changed = (volume: Volume, value: number, at = 7): Volume => {
  const data = Float32Array.from(volume.data);
  data[at] = value;
  return { ...volume, data };
};

/** The problems of one case with these files in plain folders. */
async function problemsOf(image: Volume | Uint8Array, label?: Volume | Uint8Array): Promise<Problem[]> {
  await put("images/one.nii", image);
  if (label) await put("labels/one.nii", label);
  return [...(await inspectDataset(await openDataset(folder))).problems];
}

describe("inspection", () => {
  it("of a good case finds no problem, and says what is there", async () => {
    await put("images/one.nii.gz", reorient(scan, "LPS"));
    await put("labels/one.nii.gz", reorient(mask, "LPS"));
    const progress: number[] = [];
    const inspection = await inspectDataset(await openDataset(folder), {
      progress: (done) => progress.push(done),
    });
    expect(inspection.problems).toEqual([]);
    expect(inspection.cases).toHaveLength(1);
    expect(inspection.cases[0]).toMatchObject({
      id: "one",
      shape: [4, 5, 6],
      orientation: "LPS",
      range: [-40, 79],
    });
    expect(inspection.cases[0]?.spacing?.map((mm) => Math.round(1e4 * mm) / 1e4)).toEqual([2, 2, 5]);
    // 20 mm^3 a voxel
    expect(inspection.cases[0]?.labelVolumesMl["1"]).toBeCloseTo(1, 9);
    expect(inspection.cases[0]?.labelVolumesMl["2"]).toBeCloseTo(0.2, 9);
    expect(progress).toEqual([1]);
    expect(() => refuseIfBroken(inspection)).not.toThrow();
  });

  const flat = { ...scan, shape: [4, 5, 1] as const, data: scan.data.slice(0, 20) };
  const series = { ...scan, channels: 2, data: Float32Array.from([...scan.data, ...scan.data]) };
  const tiny = (volume: Volume, off = 0): Volume => ({
    ...volume,
    affine: affineFromSpacing([0.02, 0.02, 0.02], [0, off, 0]),
  });
  const elsewhere = { ...mask, affine: affineFromSpacing([2, 2, 5], [1, 2.5, 3]) };
  it.each<[string, Volume | Uint8Array, Volume | Uint8Array, string, RegExp]>([
    ["a NaN voxel", changed(scan, Number.NaN), mask, "images", /not finite/],
    ["an infinite voxel", changed(scan, Number.NEGATIVE_INFINITY), mask, "images", /not finite/],
    ["one intensity", { ...scan, data: scan.data.map(() => 3) }, mask, "images", /same intensity 3 every/],
    ["a single slice", flat, { ...mask, shape: flat.shape, data: mask.data.slice(0, 20) }, "images", /flat/],
    ["a 4-D image", series, mask, "images", /found 2 channels \(a 4-D image\), expected 1/],
    ["an image that is no image", Buffer.from("text"), mask, "images", /found/],
    [
      "a label elsewhere",
      scan,
      elsewhere,
      "labels",
      /not its image's: a first voxel at \(1, 2\.5, 3\) mm instead of \(1, 2, 3\) mm, corners up to 0\.5 mm apart/,
    ],
    [
      "a label off by three voxels of a mouse",
      tiny(scan),
      tiny(mask, 0.06),
      "labels",
      /corners up to 0\.06 mm apart/,
    ],
    [
      "a label of other voxels",
      scan,
      { ...mask, affine: affineFromSpacing([2, 2, 4], [1, 2, 3]) },
      "labels",
      /voxels of 2 x 2 x 4 mm instead of 2 x 2 x 5/,
    ],
    [
      "a mirrored label",
      scan,
      { ...mask, affine: affineFromSpacing([-2, 2, 5], [1, 2, 3]) },
      "labels",
      /axes that run LAS instead of RAS/,
    ],
    ["an empty label", scan, { ...mask, data: new Uint8Array(120) }, "labels", /empty label/],
    ["half a label", scan, changed(mask, 0.5), "labels", /label value 0.5.*0 to 255 .*floating-point/],
    ["a negative label", scan, changed(mask, -1), "labels", /label value -1/],
    ["a label above 255", scan, changed(mask, 256), "labels", /label value 256/],
    ["a NaN label", scan, changed(mask, Number.NaN), "labels", /label value NaN/],
    ["a label of two channels", scan, series, "labels", /2 channels, expected one/],
    ["a label that is no image", scan, Buffer.from("text"), "labels", /found/],
  ])("finds %s, and names case and file", async (_, image, label, side, message) => {
    const errors = (await problemsOf(image, label)).filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ case: "one", file: join(folder, side, "one.nii") });
    expect(errors[0]?.problem).toMatch(message);
    expect(errors[0]?.advice).not.toBe("");
  });

  it("warns of a missing label, and does not refuse the dataset for it", async () => {
    const [problem, ...others] = await problemsOf(scan);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ case: "one", level: "warning", problem: "no label file" });
    expect(() => refuseIfBroken({ dataset: {} as never, cases: [], problems: [problem!] })).not.toThrow();
  });

  it("warns of a label file that belongs to no image", async () => {
    const stray = await put("labels/One.nii", mask);
    const problems = await problemsOf(scan, mask);
    expect(problems.map(({ level, file }) => [level, file])).toEqual([["warning", stray]]);
  });

  it("finds two files of one name, and does not read the case", async () => {
    await put("images/one.nii.gz", scan);
    const problems = await problemsOf(scan, mask);
    expect(problems.map(({ problem }) => problem)).toEqual([
      "found 2 files of this name: one.nii, one.nii.gz, expected one",
    ]);
    const { cases } = await openDataset(folder);
    await expect(loadImage(cases[0]!, 1)).rejects.toThrow(/one\.nii: found 2 files of this name/);
  });

  it("goes on after a failure that nobody foresaw", async () => {
    await put("images/one.nii", scan);
    await put("images/two.nii", scan);
    const dataset = await openDataset(folder);
    const [one, two] = dataset.cases;
    const map = (): never => {
      throw new RangeError("Array buffer allocation failed");
    };
    const images = Object.assign([...one!.images], { map });
    const { cases, problems } = await inspectDataset({ ...dataset, cases: [{ ...one!, images }, two!] });
    expect(cases.map(({ id, shape }) => [id, shape])).toEqual([
      ["one", undefined],
      ["two", [4, 5, 6]],
    ]);
    expect(problems[0]).toMatchObject({ case: "one", level: "error" });
    expect(problems[0]?.problem).toBe("reading it failed (Array buffer allocation failed)");
  });

  it("stops between two cases when it is asked to", async () => {
    for (const name of ["a", "b", "c"]) await put(`images/${name}.nii`, scan);
    const controller = new AbortController();
    const done: number[] = [];
    const progress = (count: number): void => {
      done.push(count);
      if (count === 2) controller.abort();
    };
    const work = inspectDataset(await openDataset(folder), { progress, signal: controller.signal });
    expect(await work.catch((error: unknown) => error)).toBe(controller.signal.reason);
    expect(done).toEqual([1, 2]);
  });

  it("finds a file that dataset.json names and nobody has", async () => {
    const training = [{ image: "imagesTr/a.nii", label: "labelsTr/a.nii" }];
    const json = { modality: { 0: "CT" }, labels: { 0: "background", 1: "liver" }, training };
    writeFileSync(join(folder, "dataset.json"), JSON.stringify(json));
    const { problems } = await inspectDataset(await openDataset(folder));
    expect(problems.map(({ file }) => file)).toEqual([
      join(folder, "imagesTr/a.nii"),
      join(folder, "labelsTr/a.nii"),
    ]);
    expect(problems[0]?.problem).toContain("no such file");
  });

  it("goes on after a broken case, and names them all in one refusal", async () => {
    await put("images/broken1.nii", changed(scan, Number.NaN));
    await put("labels/broken1.nii", mask);
    await put("images/broken2.nii", Buffer.from("text"));
    await put("labels/broken2.nii", mask);
    await put("images/fine.nii", scan);
    await put("labels/fine.nii", mask);
    const inspection = await inspectDataset(await openDataset(folder));
    expect(inspection.cases.map(({ id }) => id)).toEqual(["broken1", "broken2", "fine"]);
    expect(() => refuseIfBroken(inspection)).toThrow(UserError);
    expect(() => refuseIfBroken(inspection)).toThrow(/found 2 problems:\n {2}broken1 .*\n {2}broken2 /);
  });
});

describe("loading a case", () => {
  const files = (...images: string[]) => ({ id: "one", subject: "one", images });

  it("puts the channels' files together in their order", async () => {
    const second = { ...scan, data: scan.data.map((value) => 1000 + value) };
    const paths = [await put("a_0000.nii", scan), await put("a_0001.nii", second)];
    const volume = await loadImage(files(...paths), 2);
    expect(volume.channels).toBe(2);
    expect([...volume.data]).toEqual([...scan.data, ...second.data]);
    expect(volume.affine).toEqual((await loadImage(files(paths[0]!), 1)).affine);
  });

  it("refuses channels that lie elsewhere or are too few, and names the file", async () => {
    const moved = { ...scan, affine: affineFromSpacing([2, 2, 5], [1, 2, 4]) };
    const paths = [await put("a_0000.nii", scan), await put("a_0001.nii", moved)];
    await expect(loadImage(files(...paths), 2)).rejects.toThrow(
      /a_0001\.nii: found a grid that is not the first channel's: a first voxel at \(1, 2, 4\)/,
    );
    await expect(loadImage(files(paths[0]!), 2)).rejects.toThrow(/a_0000\.nii: found 1 channels, expected 2/);
  });

  it("gives labels as whole numbers whatever type the file has", async () => {
    for (const kind of [Uint8Array, Int16Array, Float32Array, Float64Array]) {
      const path = await put("label.nii", { ...mask, data: kind.from(mask.data) });
      const labels = await loadLabels(path);
      expect(labels.data).toBeInstanceOf(Uint8Array);
      expect([...labels.data]).toEqual([...mask.data]);
    }
  });

  it("refuses a label value that dataset.json does not name", async () => {
    const json = (labels: object): void =>
      writeFileSync(join(folder, "dataset.json"), JSON.stringify({ channel_names: { 0: "CT" }, labels }));
    await put("imagesTr/one_0000.nii", scan);
    const path = await put("labelsTr/one.nii", mask);
    json({ background: 0, liver: 1 });
    await expect(loadLabels(path, await openDataset(folder))).rejects.toThrow(
      /one\.nii: found the unknown label value 2, expected one of 0, 1\./,
    );
    json({ background: 0, liver: 1, tumour: 2 });
    await expect(loadLabels(path, await openDataset(folder))).resolves.toBeDefined();
  });
});
