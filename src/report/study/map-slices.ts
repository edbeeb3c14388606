/** Pictures of the maps of uncertainty that a study kept. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readVolumeFile } from "../../dataset/index.js";
import { makeSlice } from "../picture/slice.js";
import type { SliceData } from "../report-data.js";

/** Nats that are drawn white: the greatest entropy of a yes or no, and half of it, since mutual information is mostly small. */
const WHITE = { entropy: Math.LN2, "mutual-information": Math.LN2 / 2 } as const;

/**
 * For every case with maps, the slice with most of the reference through each map, with the outlines of reference and
 * prediction. No intensities of the image are shown, so that a report can be passed on without the patient's picture.
 *
 * @param folder `maps` of a study; may be missing
 */
export async function mapSlices(folder: string): Promise<SliceData[]> {
  const slices: SliceData[] = [];
  for (const dataset of await names(folder)) {
    for (const id of await names(join(folder, dataset))) {
      const files = await names(join(folder, dataset, id));
      const read = (name: string) => readVolumeFile(join(folder, dataset, id, `${name}.nii.gz`));
      const masks = { reference: await read("reference"), prediction: await read("prediction") };
      for (const file of files) {
        const match = /^(\w+)-(entropy|mutual-information)\.nii\.gz$/.exec(file);
        if (match === null) continue;
        const [source, measure] = [match[1]!, match[2] as keyof typeof WHITE];
        slices.push(
          makeSlice({
            dataset,
            case: id,
            title: `${source}\n${measure.replace("-", " ")}`,
            image: await read(`${source}-${measure}`),
            ...masks,
            window: [0, WHITE[measure]],
          }),
        );
      }
    }
  }
  return slices;
}

/** Sorted, so that the same files give the same page. */
const names = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [] as string[])).sort();
