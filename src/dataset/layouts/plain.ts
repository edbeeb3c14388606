/** Plain pairs: images/CASE.nii.gz and labels/CASE.nii.gz. */
import { join } from "node:path";
import { caseName, filesIn, isVolumeFile, type Layout } from "./layout.js";

export const plain: Layout = {
  name: "plain",
  matches: async (folder) => (await filesIn(join(folder, "images"))).some(isVolumeFile),
  read: async (folder) => {
    const labels = new Map((await filesIn(join(folder, "labels"))).map((file) => [caseName(file), file]));
    const images = (await filesIn(join(folder, "images"))).filter(isVolumeFile);
    return {
      channelNames: ["image"],
      labels: {},
      cases: images.map((file) => {
        const label = labels.get(caseName(file));
        return {
          id: caseName(file),
          images: [join(folder, "images", file)],
          label: label && join(folder, "labels", label),
        };
      }),
    };
  },
};
