/** Datasets of NRRD and MetaImage, with voxels apart from their headers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { preparationSchema } from "../preparation/index.js";
import { writeVolume } from "../sources/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { hashOfFiles, openDataset, prepareCases, readPreparedCase } from "./index.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-detached-"));
  for (const part of ["images", "labels"]) mkdirSync(join(folder, part));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const grid = { shape: [6, 5, 4] as const, channels: 1, affine: affineFromSpacing([1, 2, 3], [4, 5, 6]) };
const image: Volume<Float32Array> = { ...grid, data: Float32Array.from({ length: 120 }, (_, at) => at % 17) };
const labels: Volume = { ...grid, data: Uint8Array.from({ length: 120 }, (_, at) => (at > 60 ? 1 : 0)) };

const header = [
  "ObjectType = Image",
  "NDims = 3",
  "DimSize = 6 5 4",
  "ElementSpacing = 1 2 3",
  "Offset = -4 -5 6",
  "TransformMatrix = -1 0 0 0 -1 0 0 0 1",
  "ElementType = MET_FLOAT",
  "ElementDataFile = a.raw",
].join("\n");

it("are prepared as their NIfTI twins are, and a changed voxel is another case", async () => {
  const raw = join(folder, "images", "a.raw");
  writeFileSync(join(folder, "images", "a.mhd"), header);
  writeFileSync(raw, new Uint8Array(image.data.buffer));
  writeFileSync(join(folder, "labels", "a.nrrd"), await writeVolume(labels, "a.nrrd"));
  writeFileSync(join(folder, "images", "b.nii"), await writeVolume(image, "b.nii"));
  writeFileSync(join(folder, "labels", "b.nii"), await writeVolume(labels, "b.nii"));
  const dataset = await openDataset(folder, { modality: "MR" });
  expect(dataset.cases.map(({ id }) => id)).toEqual(["a", "b"]);
  const preparation = preparationSchema.parse({ cropToForeground: false, spacing: { policy: "native" } });
  const options = { organs: { liver: [1] }, preparation, cacheFolder: join(folder, "cache") };
  const [a, b] = await prepareCases(dataset, options);
  expect(await readPreparedCase(a!)).toEqual(await readPreparedCase(b!));
  expect(a!.grid).toEqual(b!.grid);

  const before = await hashOfFiles(a!.files.images);
  const bytes = readFileSync(raw);
  bytes[9]! ^= 1;
  writeFileSync(raw, bytes);
  expect(await hashOfFiles(a!.files.images)).not.toBe(before);
});
