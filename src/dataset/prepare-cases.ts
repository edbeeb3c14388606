/** Cases as training sees them, kept on disk so that the work is done once. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { type Preparation, prepareImage, prepareLabels } from "../preparation/index.js";
import { type Grid, sameGrid, type Volume, voxelCount } from "../volume/index.js";
import { writeFileAtomically } from "./atomic-write.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { loadImage, loadLabels } from "./load-case.js";

export interface PreparedCase {
  readonly id: string;
  readonly dataset: string;
  readonly subject: string;
  readonly image: Volume<Float32Array>;
  /** For each voxel of the image's grid: 0 background, n the n-th organ of `organs`. */
  readonly target: Uint8Array;
  readonly organs: readonly string[];
  readonly files: CaseFiles;
  /** Grid of the files. */
  readonly original: Grid;
}

/** Changes whenever the same files and settings would be prepared differently. */
const cacheVersion = 1;

/**
 * Prepares the labelled cases of a dataset, from the cache where they were prepared before. A cache entry is named
 * by everything that made it: the bytes of the files, the preparation, the organs.
 */
export async function prepareCases(
  dataset: Dataset,
  organs: OrganSelection,
  preparation: Preparation,
  cacheFolder: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PreparedCase[]> {
  refuseOverlap(dataset, organs);
  const labelled = dataset.cases.filter(({ label }) => label !== undefined);
  const prepared: PreparedCase[] = [];
  for (const files of labelled) {
    const key = await cacheKey(dataset, files, organs, preparation);
    const path = join(cacheFolder, `${key}.case`);
    let held = await readEntry(path);
    if (held === undefined) {
      held = await prepareCase(dataset, files, organs, preparation);
      await writeFileAtomically(path, encodeEntry(held));
    }
    prepared.push({
      ...held,
      id: files.id,
      dataset: dataset.name,
      subject: files.subject,
      organs: Object.keys(organs),
      files,
    });
    onProgress(prepared.length, labelled.length);
  }
  return prepared;
}

function refuseOverlap(dataset: Dataset, organs: OrganSelection): void {
  const owner = new Map<number, string>();
  for (const [organ, values] of Object.entries(organs)) {
    for (const value of values) {
      const other = owner.get(value);
      if (other !== undefined) {
        throw new UserError({
          subject: `organs of dataset ${dataset.name}`,
          found: `label value ${value} in both ${other} and ${organ}`,
          expected: "each value in one organ at most",
          advice: "Give each label value to one organ.",
        });
      }
      owner.set(value, organ);
    }
  }
}

interface Entry {
  readonly image: Volume<Float32Array>;
  readonly target: Uint8Array;
  readonly original: Grid;
}

async function prepareCase(
  dataset: Dataset,
  files: CaseFiles,
  organs: OrganSelection,
  preparation: Preparation,
): Promise<Entry> {
  const volume = await loadImage(files, dataset.channelNames.length);
  const labels = await loadLabels(files.label as string, dataset);
  if (!sameGrid(volume, labels, 0.1)) {
    throw new UserError({
      subject: files.label as string,
      found: `a grid of ${labels.shape.join(" x ")} voxels`,
      expected: `the grid of ${files.images[0]} (${volume.shape.join(" x ")} voxels)`,
      advice: "Use the label file of this image.",
    });
  }
  const organOf = new Uint8Array(256);
  Object.values(organs).forEach((values, index) => {
    for (const value of values) organOf[value] = index + 1;
  });
  const { image, original } = prepareImage(volume, preparation, dataset.modality, files.images[0] as string);
  const selected = { ...labels, affine: volume.affine, data: labels.data.map((value) => organOf[value]!) };
  const target = prepareLabels(selected, image).data;
  if (!target.some((value) => value !== 0)) {
    throw new UserError({
      subject: files.label as string,
      found: `no voxel of ${Object.keys(organs).join(", ")}`,
      expected: "at least one",
      advice: "Check the label values of the organs in the configuration, or leave the case out.",
    });
  }
  return { image, target, original };
}

async function cacheKey(
  dataset: Dataset,
  files: CaseFiles,
  organs: OrganSelection,
  preparation: Preparation,
): Promise<string> {
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([cacheVersion, dataset.modality, dataset.channelNames.length, organs, preparation]),
  );
  for (const path of [...files.images, files.label as string]) {
    try {
      hash.update(await readFile(path));
    } catch (cause) {
      throw new UserError({
        subject: path,
        found: "no readable file",
        expected: "an image file",
        advice: "Check the path.",
        cause,
      });
    }
  }
  return hash.digest("hex").slice(0, 40);
}

/** Header length (4 bytes), JSON header, float32 image, uint8 target, SHA-256 of all of it. */
function encodeEntry({ image, target, original }: Entry): Uint8Array {
  const { data, ...grid } = image;
  const header = Buffer.from(JSON.stringify({ grid, original }).padEnd(4));
  const aligned = Buffer.alloc(Math.ceil(header.length / 4) * 4, " ");
  header.copy(aligned);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(aligned.length);
  const body = Buffer.concat([
    length,
    aligned,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    target,
  ]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

/** An entry, or undefined where there is none or it is damaged (it is then made again). */
async function readEntry(path: string): Promise<Entry | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    return undefined;
  }
  const body = bytes.subarray(0, -32);
  if (bytes.length < 40 || !createHash("sha256").update(body).digest().equals(bytes.subarray(-32)))
    return undefined;
  const headerLength = body.readUInt32LE(0);
  const { grid, original } = JSON.parse(body.toString("utf8", 4, 4 + headerLength)) as {
    grid: Omit<Volume, "data">;
    original: Grid;
  };
  const voxels = voxelCount(grid.shape);
  const start = 4 + headerLength;
  const image = new Float32Array(voxels * grid.channels);
  Buffer.from(image.buffer).set(body.subarray(start, start + image.byteLength));
  const target = Uint8Array.from(body.subarray(start + image.byteLength));
  return { image: { ...grid, data: image }, target, original };
}
