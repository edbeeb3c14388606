import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { preparationSchema } from "../preparation/index.js";
import { writeVolume } from "../sources/index.js";
import { affineFromSpacing, sameGrid, type Volume } from "../volume/index.js";
import type {} from "./dataset.js";
import { openDataset } from "./open-dataset.js";
import { type PreparedCase, prepareCases } from "./prepare-cases.js";

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
  prepareCases(await openDataset(folder, { modality: "MR" }), organs, preparation, cache);

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
    expect(sameGrid(one!.original, grid, 1e-4)).toBe(true);
    // Along i the file runs to the left and the prepared image to the right; k, and so the planes, stay.
    const planes = [0, 2, 2, 1].flatMap((value) => Array.from({ length: 30 }, () => value));
    expect([...one!.target]).toEqual(planes);
  });

  it("come out of the cache as they went in, without another look at how they were made", async () => {
    const [first] = await prepare({ organ: [1] });
    const [entry] = readdirSync(cache);
    const written = statSync(join(cache, entry!)).mtimeMs;
    const [second] = await prepare({ organ: [1] });
    expect(second).toEqual(first);
    expect(statSync(join(cache, entry!)).mtimeMs).toBe(written);
    expect(readdirSync(cache)).toEqual([entry]);
  });

  it("are prepared anew where files, organs or preparation are others", async () => {
    const [first] = await prepare({ organ: [1] });
    const [otherOrgan] = await prepare({ organ: [2] });
    expect(otherOrgan!.target).not.toEqual(first!.target);
    const [otherClip] = await prepare({ organ: [1] }, { ...native, percentiles: [20, 60] });
    expect(otherClip!.image.data).not.toEqual(first!.image.data);
    await put("images/a.nii", { ...image, data: image.data.map((value) => value ** 2) });
    const [otherImage] = await prepare({ organ: [1] });
    expect(otherImage!.image.data).not.toEqual(first!.image.data);
    await put("labels/a.nii", { ...labels, data: labels.data.map((value) => (value === 3 ? 1 : 0)) });
    const [otherLabels] = await prepare({ organ: [1] });
    expect(otherLabels!.target).not.toEqual(first!.target);
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
      expect((await prepare({ organ: [1] }))[0]).toEqual(first);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  it.each<[string, OrganSelection, RegExp]>([
    ["an organ of which there is no voxel", { organ: [9] }, /a\.nii: found no voxel of organ/],
    ["a label value in two organs", { a: [1, 2], b: [2] }, /found label value 2 in both a and b/],
  ])("refuses %s", async (_, organs, message) => {
    await expect(prepare(organs)).rejects.toThrow(UserError);
    await expect(prepare(organs)).rejects.toThrow(message);
  });

  it("refuses labels on another grid, and names the file", async () => {
    await put("labels/a.nii", { ...labels, affine: affineFromSpacing([-1, 2, 3], [4, 5, 9]) });
    await expect(prepare({ organ: [1] })).rejects.toThrow(/labels\/a\.nii: found a grid/);
  });
});
