/** DICOM wherever a file is taken: folders, zips and single files as cases of datasets, with the modality they state. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { preparationSchema } from "../preparation/index.js";
import { writeVolume } from "../sources/index.js";
import { hashOfFiles } from "./hash-of-files.js";
import {
  inspectDataset,
  loadImage,
  openDataset,
  prepareCases,
  readPreparedCase,
  readVolumeFile,
} from "./index.js";

const fixtures = "test/oracle/fixtures/dicom";
const root = mkdtempSync(join(tmpdir(), "sureseg-dicom-"));
let [count, folder] = [0, ""];

/** The files of a fixture in a folder of their own, which may have folders in it. */
function unpack(name: string, path: string): string {
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(join(fixtures, `${name}.zip`))))) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), bytes);
  }
  return path;
}

beforeAll(() => mkdirSync(root, { recursive: true }));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});

describe("one image", () => {
  it("is the same from a folder, folders in it, a zip, and a file", async () => {
    const zip = await readVolumeFile(join(fixtures, "d0.zip"));
    const series = unpack("d0", join(folder, "study/series"));
    for (const path of [series, folder]) {
      const { data, affine } = await readVolumeFile(path);
      expect(affine).toEqual(zip.affine);
      expect(data).toEqual(zip.data);
    }
    const multi = unpack("enhanced-ct", join(folder, "multi"));
    expect((await readVolumeFile(join(multi, "IM0000.dcm"))).shape).toEqual([36, 34, 5]);
  });

  it("is not looked for behind links to folders, in hidden files, or in an endless circle", async () => {
    const series = unpack("enhanced-ct", join(folder, "series"));
    symlinkSync(folder, join(series, "round"));
    cpSync(join(series, "IM0000.dcm"), join(series, ".copy.dcm"));
    expect((await readVolumeFile(series)).shape).toEqual([36, 34, 5]);
  });

  it("of a folder without DICOM is refused by what is there", async () => {
    writeFileSync(join(folder, "notes.txt"), "no image");
    await expect(readVolumeFile(folder)).rejects.toThrow(
      /files that are no DICOM \(1\), expected a DICOM series/,
    );
    mkdirSync(join(folder, "empty"));
    await expect(readVolumeFile(join(folder, "empty"))).rejects.toThrow(/found no file/);
  });

  it("of another modality than was stated is refused", async () => {
    const image = { id: "a", subject: "a", images: [join(fixtures, "d0.zip")] };
    await expect(loadImage({ ...image, modalities: ["MR"] }, 1)).rejects.toThrow(
      /a series that says it is CT, expected MR, as was stated or/,
    );
    for (const modalities of [["CT"], ["other"], undefined] as const)
      expect((await loadImage({ ...image, modalities }, 1)).source.modality).toBe("CT");
  });

  it("chooses a series in a file that has none: refused", async () => {
    const path = join(folder, "x.nii");
    const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    writeFileSync(
      path,
      await writeVolume({ shape: [2, 2, 2], affine, channels: 1, data: new Uint8Array(8) }, path),
    );
    await expect(readVolumeFile(path, { series: "1" })).rejects.toThrow(
      /holds one volume.*Leave --series out/,
    );
  });
});

describe("a dataset", () => {
  it("has folders, zips and multi-frame files of DICOM as cases, and the modality they state", async () => {
    unpack("d0", join(folder, "images/case_a"));
    cpSync(join(fixtures, "jitter.zip"), join(folder, "images/case_b.zip"));
    unpack("enhanced-ct", join(folder, "images/c"));
    cpSync(join(folder, "images/c/IM0000.dcm"), join(folder, "images/case_c.dcm"));
    rmSync(join(folder, "images/c"), { recursive: true });
    mkdirSync(join(folder, "images/notes"));
    writeFileSync(join(folder, "images/notes/readme.txt"), "no case");
    mkdirSync(join(folder, "labels"));
    const { shape, affine, source } = await readVolumeFile(join(folder, "images/case_a"));
    const mask = {
      shape,
      affine,
      channels: 1,
      data: new Uint8Array(shape[0] * shape[1] * shape[2]).fill(1, 0, 99),
    };
    const label = join(folder, "labels/case_a.nii.gz");
    writeFileSync(label, await writeVolume(mask, label, { like: source }));
    const dataset = await openDataset(folder);
    expect(dataset.modalities).toEqual(["CT"]);
    expect(dataset.cases.map(({ id }) => id)).toEqual(["case_a", "case_b", "case_c"]);
    const { cases, problems } = await inspectDataset(dataset);
    expect(problems.filter(({ level }) => level === "error")).toEqual([]);
    expect(cases.map((one) => one.shape)).toEqual([
      [32, 28, 24],
      [9, 7, 6],
      [36, 34, 5],
    ]);
    expect(Object.keys(cases[0]!.labelVolumesMl)).toEqual(["1"]);
    const stated = await openDataset(folder, { modality: "MR" });
    const contradicted = await inspectDataset(stated);
    expect(contradicted.problems.filter(({ problem }) => /says it is CT/.test(problem))).toHaveLength(3);
  });

  it("is prepared for training: image and labels on one grid", async () => {
    unpack("d0", join(folder, "images/case_a"));
    mkdirSync(join(folder, "labels"));
    const { shape, affine, source } = await readVolumeFile(join(folder, "images/case_a"));
    const data = new Uint8Array(shape[0] * shape[1] * shape[2]).fill(1, 5000, 9000);
    const label = join(folder, "labels/case_a.nii.gz");
    writeFileSync(label, await writeVolume({ shape, affine, channels: 1, data }, label, { like: source }));
    const preparation = preparationSchema.parse({ cropToForeground: false, spacing: { policy: "native" } });
    const options = { organs: { liver: [1] }, preparation, cacheFolder: join(folder, "cache") };
    const [prepared] = await prepareCases(await openDataset(folder), options);
    const { target } = await readPreparedCase(prepared!);
    expect(target.filter((value) => value === 1)).toHaveLength(4000);
  });

  it("has another fingerprint where a file of a folder is another", async () => {
    const series = unpack("d0", join(folder, "series"));
    const before = await hashOfFiles([series]);
    expect(await hashOfFiles([series])).toBe(before);
    const file = join(series, "IM0003.dcm");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(await hashOfFiles([series])).not.toBe(before);
  });
});
