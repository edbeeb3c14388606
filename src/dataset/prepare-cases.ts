/** Cases as training sees them, kept on disk so that the work is done once and no more than one is in memory. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type CaseName, UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { type Placement, type Preparation, prepareImage, prepareLabels } from "../preparation/index.js";
import {
  applyAffine,
  describeGridDifference,
  type Grid,
  invertAffine,
  multiplyAffines,
  sameFileGrid,
  spacingOf,
  type Volume,
} from "../volume/index.js";
import { type CaseEntry, type PreparedVoxels, readEntry, writeEntry } from "./case-entry.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { refuseIfBroken } from "./inspect.js";
import type { Problem } from "./inspect-case.js";
import { loadImage, loadLabels, refuseFault } from "./load-case.js";

/** A case that is prepared: all there is to know of it but its voxels, which `readPreparedCase` gives. Plain data. */
export interface PreparedCase extends CaseName {
  readonly subject: string;
  /** The n-th of them is value n of the target. */
  readonly organs: readonly string[];
  readonly files: CaseFiles;
  /** Grid of the prepared image and of the target. */
  readonly grid: Grid;
  /** Channels of the image. */
  readonly channels: number;
  /** Where the prepared image lies in the files' grid. */
  readonly placement: Placement;
  /** The file of the cache that holds the voxels. */
  readonly entry: string;
  /** SHA-256 of what the files hold, whatever their names. */
  readonly filesHash: string;
  /** SHA-256 of everything that the prepared voxels depend on: the files, the preparation, the organs. */
  readonly entryHash: string;
}

export interface PrepareOptions {
  readonly organs: OrganSelection;
  readonly preparation: Preparation;
  /** Folder of the prepared cases; several processes may share it. */
  readonly cacheFolder: string;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Changes whenever the same files and settings would be prepared differently. */
const cacheVersion = 2;

/** Values of a target are single bytes, and 0 is the background. */
const MOST_ORGANS = 255;

/**
 * Prepares the labelled cases of a dataset one by one; those prepared before are verified and left as they are, and
 * made again where they are damaged. An entry of the cache is named by everything that made it.
 *
 * @throws UserError that names every case that cannot be used and why, or an organ that no case has
 */
export async function prepareCases(dataset: Dataset, options: PrepareOptions): Promise<PreparedCase[]> {
  checkOrgans(dataset, options.organs);
  const labelled = dataset.cases.filter(({ label }) => label !== undefined);
  const prepared: PreparedCase[] = [];
  const refused: { files: CaseFiles; error: UserError }[] = [];
  const found = new Float64Array(Object.keys(options.organs).length);
  for (const [index, files] of labelled.entries()) {
    options.signal?.throwIfAborted();
    try {
      refuseFault(files);
      const { entry, item } = await preparedOnDisk(dataset, files, options);
      entry.organVoxels.forEach((count, organ) => {
        found[organ]! += count;
      });
      prepared.push(item);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ files, error });
    }
    options.onProgress?.(index + 1);
  }
  if (refused.length === 1) throw refused[0]!.error;
  refuseIfBroken({ dataset, cases: [], problems: refused.map(problemOf) });
  if (prepared.length > 0) refuseOrgansOfNoCase(dataset, options.organs, found);
  return prepared;
}

/**
 * The voxels of a prepared case, verified.
 *
 * @throws UserError where the cache no longer holds them, or they are damaged
 */
export async function readPreparedCase({ entry }: Pick<PreparedCase, "entry">): Promise<PreparedVoxels> {
  const held = await readEntry(entry);
  if (held !== undefined) return { image: held.image, target: held.target };
  throw new UserError({
    subject: entry,
    found: "no prepared case, or a damaged one",
    expected: "the case as it was prepared",
    advice: "Start again: what is missing or damaged in the cache is then made anew.",
  });
}

async function preparedOnDisk(
  dataset: Dataset,
  files: CaseFiles,
  { organs, preparation, cacheFolder }: PrepareOptions,
): Promise<{ entry: CaseEntry; item: PreparedCase }> {
  const filesHash = await hashOfFiles([...files.images, files.label as string]);
  const { modalities, channelNames, labels } = dataset;
  const entryHash = createHash("sha256")
    .update(
      JSON.stringify([
        cacheVersion,
        modalities,
        channelNames.length,
        labels,
        Object.entries(organs),
        preparation,
        filesHash,
      ]),
    )
    .digest("hex");
  const path = join(cacheFolder, `${entryHash.slice(0, 40)}.case`);
  let entry = await readEntry(path);
  if (entry === undefined) {
    entry = await prepareCase(dataset, files, organs, preparation);
    await writeEntry(path, entry);
  }
  const { shape, affine, channels } = entry.image;
  const item: PreparedCase = {
    dataset: dataset.name,
    id: files.id,
    subject: files.subject,
    organs: Object.keys(organs),
    files,
    grid: { shape, affine },
    channels,
    placement: entry.placement,
    entry: path,
    filesHash,
    entryHash,
  };
  return { entry, item };
}

async function prepareCase(
  dataset: Dataset,
  files: CaseFiles,
  organs: OrganSelection,
  preparation: Preparation,
): Promise<CaseEntry> {
  const volume = await loadImage(files, dataset.channelNames.length);
  const labels = await loadLabels(files.label as string, dataset);
  if (!sameFileGrid(volume, labels)) {
    throw new UserError({
      subject: files.label as string,
      found: `a grid that is not its image's: ${describeGridDifference(labels, volume)}`,
      expected: `the grid of ${files.images[0]}`,
      advice: "Use the label file of this image.",
    });
  }
  const organOf = new Uint8Array(256);
  Object.values(organs).forEach((values, index) => {
    for (const value of values) organOf[value] = index + 1;
  });
  const { image, placement } = prepareImage(
    volume,
    preparation,
    dataset.modalities,
    files.images[0] as string,
  );
  const selected = { ...labels, affine: volume.affine, data: labels.data.map((value) => organOf[value]!) };
  const target = prepareLabels(selected, image).data;
  const organVoxels = voxelsOfOrgans(selected.data, organs);
  refuseLostOrgans(files.label as string, organs, selected, { ...image, data: target });
  return { image, target, placement, organVoxels };
}

const voxelsOfOrgans = (target: Uint8Array, organs: OrganSelection): number[] => {
  const counts = new Array<number>(Object.keys(organs).length + 1).fill(0);
  for (const value of target) counts[value]!++;
  return counts.slice(1);
};

/**
 * An organ that the file has and the target has not would teach the network that it is not there.
 *
 * @param selected number of each voxel's organ, on the file's grid
 * @param target the same on the prepared grid
 */
function refuseLostOrgans(
  path: string,
  organs: OrganSelection,
  selected: Volume<Uint8Array>,
  target: Volume<Uint8Array>,
): void {
  const names = Object.keys(organs);
  const inFile = voxelsOfOrgans(selected.data, organs);
  if (inFile.every((count) => count === 0)) {
    throw new UserError({
      subject: path,
      found: `no voxel of ${names.map((name) => described(name, organs)).join(" or ")}`,
      expected: "at least one voxel of one organ",
      advice: "Check the label values of the organs in the configuration, or leave the case out.",
    });
  }
  const kept = voxelsOfOrgans(target.data, organs);
  const lost = names.findIndex((_, organ) => inFile[organ]! > 0 && kept[organ] === 0);
  if (lost < 0) return;
  const place = `${inFile[lost]} voxels of ${described(names[lost]!, organs)} (${sizes(selected)})`;
  const cropped = !anyInside(selected, lost + 1, target);
  throw new UserError({
    subject: path,
    found: cropped
      ? `${place}, all outside the part of the image that is not air`
      : `${place}, none of which is left on the prepared grid (${sizes(target)})`,
    expected: cropped ? "organs inside the body" : "an organ larger than a prepared voxel",
    advice: cropped
      ? "Check that the label is this image's, set preparation.cropToForeground to false, or leave the case out."
      : "Prepare finer voxels (preparation.spacing), or leave the case out.",
  });
}

const sizes = ({ shape, affine }: Grid): string =>
  `${shape.join(" x ")} voxels of ${spacingOf(affine)
    .map((mm) => mm.toFixed(2))
    .join(" x ")} mm`;

/** Whether any voxel of a value lies on another grid, or less than a voxel beside it. */
function anyInside({ data, shape, affine }: Volume<Uint8Array>, value: number, grid: Grid): boolean {
  const toGrid = multiplyAffines(invertAffine(grid.affine), affine);
  return data.some((found, at) => {
    if (found !== value) return false;
    const plane = Math.floor(at / shape[0]);
    const place = applyAffine(toGrid, [at % shape[0], plane % shape[1], Math.floor(plane / shape[1])]);
    return place.every((index, axis) => index > -1 && index < grid.shape[axis]!);
  });
}

const described = (organ: string, organs: OrganSelection): string =>
  `${organ} (label ${organs[organ]!.join(", ")})`;

/** A case may lack an organ, a whole dataset may not: its label values are then hardly right. */
function refuseOrgansOfNoCase(dataset: Dataset, organs: OrganSelection, found: Float64Array): void {
  const missing = Object.keys(organs).find((_, organ) => found[organ] === 0);
  if (missing === undefined) return;
  throw new UserError({
    subject: `organs of dataset ${dataset.name}`,
    found: `no voxel of ${described(missing, organs)} in any case`,
    expected: "at least one case with this organ",
    advice: "Check the organ's label values in the configuration, or leave the organ out.",
  });
}

/** Label values are whole numbers from 1 to 255, each in one organ; there are thus at most 255 organs. */
function checkOrgans(dataset: Dataset, organs: OrganSelection): void {
  const subject = `organs of dataset ${dataset.name}`;
  const owner = new Map<number, string>();
  for (const [organ, values] of Object.entries(organs)) {
    const wrong = values.find((value) => !Number.isInteger(value) || value < 1 || value > MOST_ORGANS);
    if (wrong !== undefined || values.length === 0) {
      throw new UserError({
        subject,
        found: wrong === undefined ? `no label value for ${organ}` : `the label value ${wrong} for ${organ}`,
        expected: `one or more whole numbers from 1 to ${MOST_ORGANS}`,
        advice: "Give each organ the values that it has in the label files.",
      });
    }
    for (const value of values) {
      const other = owner.get(value);
      if (other !== undefined) {
        throw new UserError({
          subject,
          found: `label value ${value} in both ${other} and ${organ}`,
          expected: "each value in one organ at most",
          advice: "Give each label value to one organ.",
        });
      }
      owner.set(value, organ);
    }
  }
}

const problemOf = ({ files, error }: { files: CaseFiles; error: UserError }): Problem => ({
  case: files.id,
  file: error.subject,
  level: "error",
  problem: `found ${error.found}, expected ${error.expected}. ${error.advice}`,
  advice: error.advice,
});

/** In constant memory, whatever the files' size. */
async function hashOfFiles(paths: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  for (const path of paths) {
    const hash = createHash("sha256");
    try {
      for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
    } catch (cause) {
      throw new UserError({
        subject: path,
        found: `no readable file (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`,
        expected: "an image file",
        advice: "Check the path and the permissions.",
        cause,
      });
    }
    // Digests have one length, so that no byte can pass from one file to the next unseen.
    whole.update(hash.digest());
  }
  return whole.digest("hex");
}
