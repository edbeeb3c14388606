/** Folders as researchers have them: three layouts, what is found in them, and what is said of broken ones. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeVolume } from "../formats/index.js";
import {
  affineFromSpacing,
  preparationSchema,
  type Shape,
  type Volume,
  type VoxelArray,
} from "../volume/index.js";
import { inspectDataset, refuseIfBroken } from "./inspect.js";
import { loadImage, loadLabels } from "./load-case.js";
import { openDataset } from "./open-dataset.js";
import { makePhantomDatasets } from "./phantoms/index.js";
import { prepareCases } from "./prepare-cases.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-datasets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const volume = (shape: Shape, data: VoxelArray, channels = 1, mm = 2): Volume => ({
  shape,
  affine: affineFromSpacing([mm, mm, mm]),
  channels,
  data,
});

async function put(path: string, content: Volume): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await writeVolume(content, path));
}

const shape: Shape = [4, 5, 6];
const image = (first = 0): Volume =>
  volume(
    shape,
    Float32Array.from({ length: 120 }, (_, at) => at + first),
  );
const labels = (...values: number[]): Volume =>
  volume(
    shape,
    Uint8Array.from({ length: 120 }, (_, at) => values[at] ?? 0),
  );

const json = (folder: string, content: object): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "dataset.json"), JSON.stringify(content));
};

describe("layouts", () => {
  it("Medical Segmentation Decathlon", async () => {
    const folder = join(root, "msd");
    await put(join(folder, "imagesTr/a.nii.gz"), image());
    await put(join(folder, "labelsTr/a.nii.gz"), labels(1, 2));
    json(folder, {
      modality: { 0: "MRI" },
      labels: { 0: "background", 1: "Anterior", 2: "Posterior" },
      licence: "CC-BY-SA 4.0",
      training: [{ image: "./imagesTr/a.nii.gz", label: "./labelsTr/a.nii.gz" }],
    });
    expect(await openDataset(folder)).toMatchObject({
      name: "msd",
      layout: "msd",
      modality: "MR",
      channelNames: ["MRI"],
      labels: { Anterior: 1, Posterior: 2 },
      licence: "CC-BY-SA 4.0",
      cases: [{ id: "a", subject: "msd/a", label: join(folder, "labelsTr/a.nii.gz") }],
    });
  });

  it("nnU-Net v2 with two channels, a region, and an image without label", async () => {
    const folder = join(root, "nnunet");
    for (const id of ["a", "b"])
      for (const channel of [0, 1])
        await put(join(folder, `imagesTr/${id}_000${channel}.nii.gz`), image(channel));
    await put(join(folder, "labelsTr/a.nii.gz"), labels(1));
    json(folder, {
      channel_names: { 0: "FLAIR", 1: "T1" },
      labels: { background: 0, whole: [1, 2], core: 2 },
      file_ending: ".nii.gz",
    });
    const dataset = await openDataset(folder, { name: "tumour" });
    expect(dataset).toMatchObject({
      name: "tumour",
      layout: "nnunet",
      modality: "MR",
      channelNames: ["FLAIR", "T1"],
      labels: { "whole (1)": 1, "whole (2)": 2 },
    });
    const [a, b] = dataset.cases;
    expect(a!.images).toHaveLength(2);
    expect(b!.label).toBeUndefined();
    const both = await loadImage(a!, 2);
    expect(both.channels).toBe(2);
    expect([both.data[0], both.data[120]]).toEqual([0, 1]);
    const { problems } = await inspectDataset(dataset);
    expect(problems).toMatchObject([{ case: "b", level: "warning", problem: "no label file" }]);
  });

  it("plain pairs, with subjects from a table", async () => {
    const folder = join(root, "plain");
    for (const id of ["x1", "x2"]) {
      await put(join(folder, `images/${id}.nii`), image());
      await put(join(folder, `labels/${id}.nii.gz`), labels(3));
    }
    const table = join(root, "subjects.csv");
    writeFileSync(table, "dataset,case,subject\r\nplain,x1,anna\r\nplain,x2,anna\r\nother,x1,bert\r\n");
    const dataset = await openDataset(folder, { subjects: table });
    expect(dataset).toMatchObject({ layout: "plain", modality: "other", labels: {} });
    expect(dataset.cases.map(({ id, subject }) => [id, subject])).toEqual([
      ["x1", "anna"],
      ["x2", "anna"],
    ]);
    writeFileSync(table, "dataset,subject\n");
    await expect(openDataset(folder, { subjects: table })).rejects.toThrow(/subjects\.csv: found columns/);
  });

  it.each([
    ["no JSON", "{", /dataset\.json: found text that is not JSON/],
    ["a list", "[]", /dataset\.json: found JSON that is not an object/],
    ["training without image", '{"modality":{},"labels":{},"training":[{}]}', /field training\[0\]/],
    ["labels of another form", '{"modality":{"0":"CT"},"labels":[1],"training":[]}', /field labels/],
    ["label values that are none", '{"channel_names":{"0":"CT"},"labels":{"a":"x"}}', /field labels\.a/],
  ])("a dataset.json with %s is refused by field", async (name, text, message) => {
    const folder = join(root, `json ${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "dataset.json"), text);
    await expect(openDataset(folder)).rejects.toThrow(message);
  });
});

describe("inspection", () => {
  const broken = async (name: string, change: (folder: string) => Promise<void>, declared?: object) => {
    const folder = join(root, name);
    await put(join(folder, "imagesTr/a_0000.nii.gz"), image());
    await put(join(folder, "labelsTr/a.nii.gz"), labels(1));
    json(folder, declared ?? { channel_names: { 0: "CT" }, labels: { background: 0, liver: 1 } });
    await change(folder);
    return inspectDataset(await openDataset(folder));
  };
  const label = "labelsTr/a.nii.gz";
  const picture = "imagesTr/a_0000.nii.gz";
  const other = (spacing: number, data = new Uint8Array(120).fill(1, 0, 3)) =>
    volume(shape, data, 1, spacing);

  it.each<[string, (folder: string) => Promise<void>, RegExp, string]>([
    [
      "a label of another grid",
      (f) => put(join(f, label), other(3)),
      /a grid that is not its image's/,
      label,
    ],
    ["an empty label", (f) => put(join(f, label), labels()), /empty label/, label],
    ["an unknown value", (f) => put(join(f, label), labels(1, 7)), /unknown label value 7/, label],
    [
      "a fractional value",
      (f) => put(join(f, label), volume(shape, new Float32Array(120).fill(0.5))),
      /the label value 0\.5/,
      label,
    ],
    [
      "a NaN voxel",
      (f) => put(join(f, picture), volume(shape, new Float32Array(120).fill(Number.NaN, 3, 4))),
      /not finite/,
      picture,
    ],
    [
      "a constant image",
      (f) => put(join(f, picture), volume(shape, new Float32Array(120))),
      /same intensity 0/,
      picture,
    ],
    [
      "a 4-D series",
      (f) => put(join(f, picture), volume(shape, new Float32Array(240), 2)),
      /2 channels/,
      picture,
    ],
    [
      "a truncated file",
      async (f) => {
        const bytes = readFileSync(join(f, picture));
        writeFileSync(join(f, picture), bytes.subarray(0, bytes.length - 20));
      },
      /gzip|cut off|truncated/,
      picture,
    ],
  ])("names %s, and training refuses the folder with the same words", async (name, change, text, file) => {
    const inspection = await broken(name, change);
    const errors = inspection.problems.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]!.case).toBe("a");
    expect(errors[0]!.problem).toMatch(text);
    expect(errors[0]!.file).toBe(join(root, name, file));
    expect(() => refuseIfBroken(inspection)).toThrow(errors[0]!.problem);
  });

  it("measures what is there", async () => {
    const { cases, problems } = await broken("fine", async () => {});
    expect(problems).toEqual([]);
    expect(cases).toMatchObject([
      {
        id: "a",
        shape,
        spacing: [2, 2, 2],
        orientation: "RAS",
        range: [0, 119],
        labelVolumesMl: { 1: 0.008 },
      },
    ]);
  });
});

describe("prepared cases", () => {
  it("come from the cache when nothing changed, and are made again when anything did", async () => {
    const folder = join(root, "prepare");
    const cache = join(root, "cache");
    await put(join(folder, "images/a.nii.gz"), image());
    await put(join(folder, "labels/a.nii.gz"), labels(...new Array(60).fill(1), 2));
    const preparation = preparationSchema.parse({ spacing: { policy: "native" }, cropToForeground: false });
    const prepare = async (organs: Record<string, number[]>, settings = preparation) =>
      (await prepareCases(await openDataset(folder), organs, settings, cache))[0]!;
    const first = await prepare({ liver: [1] });
    expect(await prepare({ liver: [1] })).toEqual(first);
    expect(first.target.reduce((sum, value) => sum + value, 0)).toBe(60);
    expect((await prepare({ liver: [1], spleen: [2] })).target.includes(2)).toBe(true);
    const clipped = await prepare({ liver: [1] }, { ...preparation, percentiles: [20, 80] });
    expect(clipped.image.data).not.toEqual(first.image.data);
    await put(join(folder, "images/a.nii.gz"), image(1000));
    await put(join(folder, "labels/a.nii.gz"), labels(1));
    expect((await prepare({ liver: [1] })).target.reduce((sum, value) => sum + value, 0)).toBe(1);
    await expect(prepare({ tumour: [9] })).rejects.toThrow(/a\.nii\.gz: found no voxel of tumour/);
    await expect(prepare({ liver: [1], lobe: [1] })).rejects.toThrow(/label value 1 in both liver and lobe/);
  });
});

describe("phantoms", () => {
  const make = (name: string, seed: number) =>
    makePhantomDatasets(join(root, name), {
      seed,
      casesPerDataset: 3,
      foreignCasesPerKind: 1,
      shape: [20, 20, 16],
    });
  let datasets: Awaited<ReturnType<typeof make>>["datasets"];
  beforeAll(async () => {
    ({ datasets } = await make("one", 1));
  });

  it("are the same for the same seed, and others for another", async () => {
    await make("same", 1);
    await make("other", 2);
    const bytes = (name: string) =>
      readFileSync(join(root, name, "phantom_liver_ct/imagesTr/case_01.nii.gz"));
    expect(bytes("same").equals(bytes("one"))).toBe(true);
    expect(bytes("other").equals(bytes("one"))).toBe(false);
  });

  it("open as any user's data, with an organ in every case that differs from case to case", async () => {
    expect(datasets.length).toBeGreaterThanOrEqual(5);
    expect(new Set(datasets.map(({ modality }) => modality)).size).toBeGreaterThanOrEqual(2);
    for (const { folder, modality } of datasets) {
      const dataset = await openDataset(folder, { modality });
      const { problems, cases } = await inspectDataset(dataset);
      expect(problems).toEqual([]);
      expect(new Set(cases.map(({ labelVolumesMl }) => labelVolumesMl["1"])).size).toBe(3);
      const masks = await Promise.all(dataset.cases.map(({ label }) => loadLabels(label as string)));
      expect(masks[0]!.data).not.toEqual(masks[1]!.data);
    }
  });

  it("can be moved", async () => {
    cpSync(datasets[0]!.folder, join(root, "moved"), { recursive: true });
    expect((await openDataset(join(root, "moved"))).cases).toHaveLength(3);
  });
});
