/** Phantom datasets, written as a researcher's own data would be: NIfTI files in three layouts, with dataset.json. */

import { join } from "node:path";
import { Random } from "../../base/index.js";
import { writeVolume } from "../../sources/index.js";
import { type Modality, reorient, type Shape, type Volume } from "../../volume/index.js";
import { writeFileAtomically } from "../atomic-write.js";
import { foreignKinds, type PhantomKind, trainedKinds } from "./kinds.js";
import { drawScene } from "./scene.js";

export interface PhantomFolder {
  readonly name: string;
  readonly folder: string;
  readonly modality: Modality;
  readonly organ: string;
}

export interface PhantomOptions {
  readonly seed: number;
  readonly casesPerDataset: number;
  readonly foreignCasesPerKind: number;
  /** Voxels of an image. */
  readonly shape: Shape;
}

export const defaultPhantoms: PhantomOptions = {
  seed: 1,
  casesPerDataset: 14,
  foreignCasesPerKind: 6,
  shape: [40, 40, 32],
};

/**
 * Writes six phantom datasets and three foreign ones below `folder`, each in a folder of its own.
 * The same options give the same bytes.
 */
export async function makePhantomDatasets(
  folder: string,
  options: Partial<PhantomOptions> = {},
  onProgress: (done: number) => void = () => {},
): Promise<{ datasets: PhantomFolder[]; foreign: PhantomFolder[] }> {
  const all = { ...defaultPhantoms, ...options };
  let done = 0;
  const write = async (kind: PhantomKind, cases: number): Promise<PhantomFolder> => {
    await writeKind(join(folder, kind.name), kind, cases, all);
    onProgress(++done);
    return { name: kind.name, folder: join(folder, kind.name), modality: kind.modality, organ: kind.organ };
  };
  const datasets: PhantomFolder[] = [];
  for (const kind of trainedKinds) datasets.push(await write(kind, all.casesPerDataset));
  const foreign: PhantomFolder[] = [];
  for (const kind of foreignKinds) foreign.push(await write(kind, all.foreignCasesPerKind));
  return { datasets, foreign };
}

async function writeKind(
  folder: string,
  kind: PhantomKind,
  cases: number,
  options: PhantomOptions,
): Promise<void> {
  const [imageFolder, labelFolder] =
    kind.layout === "plain" ? ["images", "labels"] : ["imagesTr", "labelsTr"];
  const training: { image: string; label: string }[] = [];
  for (let index = 0; index < cases; index++) {
    const random = Random.stream(options.seed, kind.name, index);
    const { image, labels } = drawScene(kind.scene(random), options.shape, kind.spacing, random);
    const id = `case_${String(index + 1).padStart(2, "0")}`;
    const imageName = `${imageFolder}/${id}${kind.layout === "nnunet" ? "_0000" : ""}.nii.gz`;
    const labelName = `${labelFolder}/${id}.nii.gz`;
    await writeOne(
      join(folder, imageName),
      reorient({ ...image, data: Int16Array.from(image.data, Math.round) }, kind.orientation),
    );
    await writeOne(join(folder, labelName), reorient(labels, kind.orientation));
    training.push({ image: `./${imageName}`, label: `./${labelName}` });
  }
  const json = datasetJson(kind, training);
  if (json) await writeFileAtomically(join(folder, "dataset.json"), `${JSON.stringify(json, null, 2)}\n`);
}

async function writeOne(path: string, volume: Volume): Promise<void> {
  await writeFileAtomically(path, await writeVolume(volume, path));
}

function datasetJson(kind: PhantomKind, training: { image: string; label: string }[]): object | undefined {
  const shared = { name: kind.name, licence: "made by a program; no rights reserved" };
  if (kind.layout === "msd") {
    return {
      ...shared,
      modality: { 0: kind.channel },
      labels: { 0: "background", 1: kind.organ },
      numTraining: training.length,
      training,
      test: [],
    };
  }
  if (kind.layout === "nnunet") {
    return {
      ...shared,
      channel_names: { 0: kind.channel },
      labels: { background: 0, [kind.organ]: 1 },
      numTraining: training.length,
      file_ending: ".nii.gz",
    };
  }
  return undefined;
}
