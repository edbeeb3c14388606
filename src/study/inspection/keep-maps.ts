/** Keeps how unsure the joint network is of an image, voxel by voxel, where any viewer can lay it over the image. */
import { join } from "node:path";
import { type PreparedCase, type PreparedVoxels, writeFileAtomically } from "../../dataset/index.js";
import { uncertaintyMaps } from "../../inference/index.js";
import { writeVolume } from "../../sources/index.js";
import type { Volume, VoxelArray } from "../../volume/index.js";
import { type StudyData, studyFiles } from "../data/study-data.js";
import type { InspectedImage } from "./image-inspector.js";
import { foundAnywhere } from "./seen-image.js";

/**
 * Writes NIfTI files on the prepared grid into the case's folder of maps: `reference` and `prediction` (masks, all organs
 * together), and for each source of several predictions `entropy` and `mutual-information` (nats).
 */
export async function keepMaps(
  data: StudyData,
  item: PreparedCase & PreparedVoxels,
  inspected: InspectedImage,
): Promise<void> {
  const folder = studyFiles.maps(data.study, item.dataset, item.id);
  const { shape, affine } = item.image;
  const save = async (name: string, voxels: VoxelArray): Promise<void> => {
    const path = join(folder, `${name}.nii.gz`);
    const volume: Volume = { shape, affine, channels: 1, data: voxels };
    await writeFileAtomically(path, await writeVolume(volume, path));
  };
  await save(
    "reference",
    item.target.map((value) => (value > 0 ? 1 : 0)),
  );
  await save("prediction", foundAnywhere(inspected));
  for (const [source, members] of Object.entries(inspected.several)) {
    const { entropy, mutualInformation } = uncertaintyMaps(members, inspected.predicted);
    await save(`${source}-entropy`, entropy);
    await save(`${source}-mutual-information`, mutualInformation);
  }
}
