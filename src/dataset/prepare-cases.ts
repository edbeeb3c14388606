/** Cases as training sees them, kept on disk so that the work is done once and no more than one is in memory. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { type CaseName, UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { type Placement, type Preparation, prepareImage, prepareLabels } from "../preparation/index.js";
import type { Grid, Volume } from "../volume/index.js";
import { type CaseEntry, type PreparedVoxels, readEntry, writeEntry } from "./case-entry.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { hashOfFiles } from "./hash-of-files.js";
import { refuseIfBroken } from "./inspect.js";
import type { Problem } from "./inspect-case.js";
import { loadImage, loadLabelsOf, refuseFault } from "./load-case.js";
import { checkOrgans, countOrgans, refuseOrgansOfNoCase } from "./organ-checks.js";
import { type ResolutionCeiling, resolutionCeiling } from "./resolution-ceiling.js";

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
  /** What the prepared voxels cost its organs. */
  readonly ceiling: ResolutionCeiling;
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
const cacheVersion = 3;

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
    let made: MadeCase;
    try {
      refuseFault(files);
      made = await heldOrMade(dataset, files, options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ files, error });
      continue;
    }
    // A full disk is no fault of the case: it ends the work.
    if (!made.held) await writeEntry(made.item.entry, made.entry);
    made.entry.organVoxels.forEach((count, organ) => {
      found[organ]! += count;
    });
    prepared.push(made.item);
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

interface MadeCase {
  readonly item: PreparedCase;
  readonly entry: CaseEntry;
  /** The cache has it already. */
  readonly held: boolean;
}

async function heldOrMade(
  dataset: Dataset,
  files: CaseFiles,
  { organs, preparation, cacheFolder }: PrepareOptions,
): Promise<MadeCase> {
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
  const held = await readEntry(path);
  const entry = held ?? (await prepareCase(dataset, files, organs, preparation));
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
    ceiling: entry.ceiling,
    entry: path,
    filesHash,
    entryHash,
  };
  return { item, entry, held: held !== undefined };
}

async function prepareCase(
  dataset: Dataset,
  files: CaseFiles,
  organs: OrganSelection,
  preparation: Preparation,
): Promise<CaseEntry> {
  const volume = await loadImage(files, dataset.channelNames.length);
  const selected = await selectedLabels(dataset, files, volume, organs);
  const { image, placement } = prepareImage(
    volume,
    preparation,
    dataset.modalities,
    files.images[0] as string,
  );
  const target = prepareLabels(selected, image).data;
  const kept = { target, grid: image, seen: placement.seen };
  const organVoxels = countOrgans(files.label as string, organs, selected, kept);
  const ceiling = resolutionCeiling(selected, organVoxels.length, { grid: image, placement });
  return { image, target, placement, organVoxels, ceiling };
}

/** The number of each voxel's organ, from 1, on the image's grid. */
export async function selectedLabels(
  dataset: Dataset,
  files: CaseFiles,
  image: Grid,
  organs: OrganSelection,
): Promise<Volume<Uint8Array>> {
  const labels = await loadLabelsOf(files, image, dataset);
  const organOf = new Uint8Array(256);
  Object.values(organs).forEach((values, index) => {
    for (const value of values) organOf[value] = index + 1;
  });
  return { ...labels, affine: image.affine, data: labels.data.map((value) => organOf[value]!) };
}

const problemOf = ({ files, error }: { files: CaseFiles; error: UserError }): Problem => ({
  case: files.id,
  file: error.subject,
  level: "error",
  problem: `found ${error.found}, expected ${error.expected}. ${error.advice}`,
  advice: error.advice,
});
