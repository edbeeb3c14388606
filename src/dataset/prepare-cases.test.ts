import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { preparationSchema } from "../preparation/index.js";
import { writeVolume } from "../sources/index.js";
import { affineFromSpacing, sameGrid, type Volume } from "../volume/index.js";
import type { PreparedVoxels } from "./case-entry.js";
import { openDataset } from "./open-dataset.js";
import { type PreparedCase, prepareCases, readPreparedCase } from "./prepare-cases.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-prepare-"));
let folder: string;
let cache: string;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const grid = { shape: [6, 5, 4] as const, channels: 1, affine: affineFromSpacing([-1, 2, 3], [4, 5, 6]) };
const image: Volume = { ...grid, data: Int16Array.from({ length: 120 }, (_, at) => (at * 37) % 101) };
/** Values 0 to 3 by planes along k. */
const labels: Volume = { ...grid, data: Uint8Array.from({ length: 120 }, (_, at) => Math.floor(at / 30)) };
const native = preparationSchema.parse({ cropToForeground: false, spacing: { policy: "native" } });

async function put(name: string, volume: Volume): Promise<void> {
  writeFileSync(join(folder, name), await writeVolume(volume, name));
}

const prepare = async (organs: OrganSelection, preparation = native): Promise<PreparedCase[]> =>
  prepareCases(await openDataset(folder, { modality: "MR" }), { organs, preparation, cacheFolder: cache });

/** The voxels of the first case. */
const voxels = async (organs: OrganSelection, preparation = native): Promise<PreparedVoxels> => {
  const [one] = await prepare(organs, preparation);
  return readPreparedCase(one!);
};

beforeEach(async () => {
  folder = mkdtempSync(join(root, "data-"));
  cache = join(folder, "cache");
  mkdirSync(join(folder, "images"));
  mkdirSync(join(folder, "labels"));
  await put("images/a.nii", image);
  await put("labels/a.nii", labels);
  await put("images/unlabelled.nii", image);
});

describe("prepared cases", () => {
  it("hold each organ's label values as one number, in the order of the organs", async () => {
    const [one, ...others] = await prepare({ tumour: [3], organ: [1, 2] });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: "a", organs: ["tumour", "organ"] });
    expect(sameGrid(one!.placement.original, grid, 1e-4)).toBe(true);
    // Along i the file runs to the left and the prepared image to the right; k, and so the planes, stay.
    const planes = [0, 2, 2, 1].flatMap((value) => Array.from({ length: 30 }, () => value));
    const { image: read, target } = await readPreparedCase(one!);
    expect([...target]).toEqual(planes);
    expect({ shape: read.shape, affine: read.affine }).toEqual(one!.grid);
    expect(read.channels).toBe(one!.channels);
  });

  it("come out of the cache as they went in, without another look at how they were made", async () => {
    const [first] = await prepare({ organ: [1] });
    const before = await readPreparedCase(first!);
    const [entry] = readdirSync(cache);
    const written = statSync(join(cache, entry!)).mtimeMs;
    const [second] = await prepare({ organ: [1] });
    expect(second).toEqual(first);
    expect(await readPreparedCase(second!)).toEqual(before);
    expect(statSync(join(cache, entry!)).mtimeMs).toBe(written);
    expect(readdirSync(cache)).toEqual([entry]);
  });

  it("are prepared anew where files, organs or preparation are others", async () => {
    const first = await voxels({ organ: [1] });
    const otherOrgan = await voxels({ organ: [2] });
    expect(otherOrgan.target).not.toEqual(first.target);
    const otherClip = await voxels(
      { organ: [1] },
      {
        ...native,
        intensities: {
          ...native.intensities,
          MR: [{ step: "clip-percentiles", low: 20, high: 60 }, { step: "z-score" }],
        },
      },
    );
    expect(otherClip.image.data).not.toEqual(first.image.data);
    await put("images/a.nii", { ...image, data: image.data.map((value) => value ** 2) });
    const otherImage = await voxels({ organ: [1] });
    expect(otherImage.image.data).not.toEqual(first.image.data);
    await put("labels/a.nii", { ...labels, data: labels.data.map((value) => (value === 3 ? 1 : 0)) });
    const otherLabels = await voxels({ organ: [1] });
    expect(otherLabels.target).not.toEqual(first.target);
    expect(readdirSync(cache)).toHaveLength(5);
  });

  it("are made again where the cache's file is damaged", async () => {
    const [first] = await prepare({ organ: [1] });
    const path = join(cache, readdirSync(cache)[0]!);
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = flipped[whole.length >> 1]! ^ 1;
    for (const damaged of [flipped, whole.subarray(0, -1), whole.subarray(0, 20), Buffer.alloc(0)]) {
      writeFileSync(path, damaged);
      await expect(readPreparedCase(first!)).rejects.toThrow(/found no prepared case, or a damaged one/);
      expect((await prepare({ organ: [1] }))[0]).toEqual(first);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  it("are handles without voxels, that say what the files hold and what the entry was made from", async () => {
    const [one] = await prepare({ organ: [1] });
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    const [otherOrgan] = await prepare({ organ: [2] });
    expect(otherOrgan!.filesHash).toBe(one!.filesHash);
    expect(otherOrgan!.entryHash).not.toBe(one!.entryHash);
    renameSync(join(folder, "images/a.nii"), join(folder, "images/b.nii"));
    renameSync(join(folder, "labels/a.nii"), join(folder, "labels/b.nii"));
    const [renamed] = await prepare({ organ: [1] });
    expect(renamed).toMatchObject({ id: "b", filesHash: one!.filesHash, entry: one!.entry });
    await put("labels/b.nii", { ...labels, data: labels.data.map((value) => (value === 3 ? 1 : 0)) });
    expect((await prepare({ organ: [1] }))[0]!.filesHash).not.toBe(one!.filesHash);
  });

  it("are the same where several processes prepare them at once", async () => {
    const several = await Promise.all(Array.from({ length: 4 }, () => prepare({ organ: [1] })));
    for (const [one] of several) expect(one).toEqual(several[0]![0]);
    expect(readdirSync(cache)).toHaveLength(1);
    await expect(readPreparedCase(several[0]![0]!)).resolves.toMatchObject({ image: { channels: 1 } });
  });

  it("stop between two cases when asked to", async () => {
    const dataset = await openDataset(folder, { modality: "MR" });
    const signal = AbortSignal.abort(new Error("enough"));
    const options = { organs: { organ: [1] }, preparation: native, cacheFolder: cache, signal };
    await expect(prepareCases(dataset, options)).rejects.toThrow("enough");
  });

  it.each<[string, OrganSelection, RegExp]>([
    ["an organ of which there is no voxel", { organ: [9] }, /a\.nii: found no voxel of organ \(label 9\)/],
    ["a label value in two organs", { a: [1, 2], b: [2] }, /found label value 2 in both a and b/],
    ["an organ without label values", { a: [1], b: [] }, /found no label value for b/],
    ["a label value that no byte holds", { a: [1], b: [256] }, /found the label value 256 for b/],
    [
      "an organ that no case has, beside one that is there",
      { organ: [1], spleen: [7, 8] },
      /organs of dataset .*: found no voxel of spleen \(label 7, 8\) in any case.*label values/s,
    ],
  ])("refuses %s", async (_, organs, message) => {
    await expect(prepare(organs)).rejects.toThrow(UserError);
    await expect(prepare(organs)).rejects.toThrow(message);
  });

  it("an organ may be missing in a case where another case has it", async () => {
    await put("images/b.nii", image);
    await put("labels/b.nii", { ...labels, data: labels.data.map((value) => (value === 3 ? 0 : value)) });
    expect(await prepare({ organ: [1, 2], tumour: [3] })).toHaveLength(2);
  });

  it("refuses labels on another grid, and names the file", async () => {
    await put("labels/a.nii", { ...labels, affine: affineFromSpacing([-1, 2, 3], [4, 5, 9]) });
    await expect(prepare({ organ: [1] })).rejects.toThrow(/labels\/a\.nii: found a grid/);
  });

  it("refuses a case that two files of one name leave open, prepared before or not", async () => {
    await prepare({ organ: [1] });
    await put("labels/a.nii.gz", labels);
    await expect(prepare({ organ: [1] })).rejects.toThrow(/found 2 files of this name: a\.nii, a\.nii\.gz/);
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe that is called an image", async () => {
    rmSync(join(folder, "images/a.nii"));
    execFileSync("mkfifo", [join(folder, "images/a.nii")]);
    await expect(prepare({ organ: [1] })).rejects.toThrow(/images\/a\.nii: found a pipe, socket or device/);
  });

  it("a cache that cannot be written ends the work at once, and is no fault of the cases", async () => {
    await put("images/b.nii", image);
    await put("labels/b.nii", labels);
    writeFileSync(cache, "a file where the folder should be");
    const error = await prepare({ organ: [1] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/^UserError: \S+\.case: found a file where the path needs a folder/);
  });

  it("names every case that cannot be used, and why", async () => {
    await put("images/b.nii", image);
    await put("labels/b.nii", { ...labels, data: new Uint8Array(120) });
    writeFileSync(join(folder, "labels/a.nii"), "no image");
    const error = await prepare({ organ: [1] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/found 2 problems:\n {2}a \(.*\n {2}b \(.*no voxel of organ \(label 1\)/);
  });
});

describe("an organ that preparation loses", () => {
  const large = { shape: [40, 40, 40] as const, channels: 1, affine: affineFromSpacing([1, 1, 1]) };
  /** A bright ball in air, an organ in its middle, and whatever else. */
  async function putBall(others: readonly (readonly [number, number, number, number])[]): Promise<void> {
    const inBall = (at: number): boolean => {
      const place = [at % 40, Math.floor(at / 40) % 40, Math.floor(at / 1600)];
      return place.reduce((sum, value) => sum + (value - 20) ** 2, 0) < 100;
    };
    const data = Int16Array.from({ length: 64_000 }, (_, at) => (inBall(at) ? 500 + (at % 7) : at % 3));
    const drawn = Uint8Array.from(data, (value) => (value > 100 ? 1 : 0));
    for (const [value, i, j, k] of others) drawn[i + 40 * (j + 40 * k)] = value;
    await put("images/a.nii", { ...large, data });
    await put("labels/a.nii", { ...large, data: drawn });
  }
  const coarse = preparationSchema.parse({ spacing: { policy: "fixed", mm: [4, 4, 4] } });

  it("in resampling is refused with the sizes and what helps, beside an organ that is there too", async () => {
    await putBall([[2, 20, 20, 20]]);
    const selections: OrganSelection[] = [{ spot: [2] }, { ball: [1], spot: [2] }];
    for (const organs of selections) {
      await expect(prepare(organs, coarse)).rejects.toThrow(
        /a\.nii: found 1 voxels of spot \(label 2\) \(40 x 40 x 40 voxels of 1\.00 .*none of which is left on the prepared grid \(.* voxels of 4\.00 x 4\.00 x 4\.00 mm\).*finer voxels \(preparation\.spacing\)/,
      );
    }
    await expect(prepare({ ball: [1], spot: [2] })).resolves.toHaveLength(1);
  });

  it("by the crop is refused with another advice", async () => {
    await putBall([[2, 1, 1, 1]]);
    await expect(prepare({ ball: [1], spot: [2] }, coarse)).rejects.toThrow(
      /all outside the part of the image that is not air.*cropToForeground/,
    );
  });
});
