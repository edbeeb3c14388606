/** What coarser voxels would cost a case: asked of some training cases before a spacing is chosen. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseName } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { type Preparation, seenGrid } from "../preparation/index.js";
import { type Shape, spacingOf, type Vector } from "../volume/index.js";
import { writeFileAtomically } from "./atomic-write.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { hashOfFiles } from "./hash-of-files.js";
import { loadImage } from "./load-case.js";
import { selectedLabels } from "./prepare-cases.js";
import { type ResolutionCeiling, resolutionCeiling } from "./resolution-ceiling.js";

/** A case on one of the grids that it may be brought to. */
export interface TriedSpacing {
  /** Voxels along the prepared axes. */
  readonly shape: Shape;
  /** mm along the prepared axes. */
  readonly spacing: Vector;
  readonly ceiling: ResolutionCeiling;
}

export interface CaseResolution extends CaseName {
  /** Of the part that a network sees, in the image's own voxels, along the prepared axes. */
  readonly own: Omit<TriedSpacing, "ceiling">;
  /** One for each spacing, in their order. */
  readonly tried: readonly TriedSpacing[];
}

export interface ResolutionQuestion {
  readonly organs: OrganSelection;
  readonly preparation: Omit<Preparation, "spacing">;
  /** To be tried. */
  readonly spacings: readonly Preparation["spacing"][];
  /** Keeps answers, so that the files are read once. */
  readonly cacheFolder: string;
}

/** Changes whenever the same files and questions would be answered differently. */
const VERSION = 1;

/** @throws UserError where the case cannot be prepared */
export async function caseResolution(
  dataset: Dataset,
  files: CaseFiles,
  question: ResolutionQuestion,
): Promise<CaseResolution> {
  const { organs, preparation, spacings, cacheFolder } = question;
  const key = createHash("sha256")
    .update(
      JSON.stringify([
        VERSION,
        dataset.modalities,
        Object.entries(organs),
        { ...preparation, spacing: spacings },
        await hashOfFiles([...files.images, files.label as string]),
      ]),
    )
    .digest("hex");
  const path = join(cacheFolder, `${key.slice(0, 40)}.resolution.json`);
  const known = await readAnswer(path, key);
  const answer = known ?? (await measured(dataset, files, question));
  if (known === undefined) await writeFileAtomically(path, JSON.stringify({ key, answer }));
  return { dataset: dataset.name, id: files.id, ...answer };
}

type Answer = Omit<CaseResolution, keyof CaseName>;

/** Undefined where there is none or it is damaged. */
async function readAnswer(path: string, key: string): Promise<Answer | undefined> {
  try {
    const held = JSON.parse(await readFile(path, "utf8")) as { key?: string; answer?: Answer } | null;
    return held?.key === key ? held.answer : undefined;
  } catch {
    return undefined;
  }
}

async function measured(
  dataset: Dataset,
  files: CaseFiles,
  { organs, preparation, spacings }: ResolutionQuestion,
): Promise<Answer> {
  const volume = await loadImage(files, dataset.channelNames.length);
  const selected = await selectedLabels(dataset, files, volume, organs);
  const seen = seenGrid(volume, preparation, dataset.modalities, files.images[0] as string);
  const tried: TriedSpacing[] = [];
  for (const spacing of spacings) {
    const place = seen.gridWith(spacing);
    const { shape, affine } = place.grid;
    const before = tried.at(-1);
    const same = before?.shape.every((size, axis) => size === shape[axis]);
    const ceiling = same ? before!.ceiling : resolutionCeiling(selected, Object.keys(organs).length, place);
    tried.push({ shape, spacing: spacingOf(affine), ceiling });
  }
  const { shape, affine } = seen.cropped;
  return { own: { shape, spacing: spacingOf(affine) }, tried };
}
