/** Plain pairs: images/CASE.nii.gz and labels/CASE.nii.gz. */
import { join } from "node:path";
import { doubleFault, filesOfOthers, volumesIn } from "./folder-files.js";
import type { Layout } from "./layout.js";

export const plain: Layout = {
  name: "plain",
  description: "images/ and labels/",
  matches: async (folder) => (await volumesIn(join(folder, "images"))).size > 0,
  read: async (folder) => {
    const labels = await volumesIn(join(folder, "labels"));
    const images = await volumesIn(join(folder, "images"));
    return {
      channelNames: ["image"],
      labels: {},
      cases: [...images].map(([id, files]) => {
        const ownLabels = labels.get(id) ?? [];
        return {
          id,
          images: files.slice(0, 1),
          label: ownLabels[0],
          fault: doubleFault(files) ?? doubleFault(ownLabels),
        };
      }),
      strayLabels: filesOfOthers(labels, images.keys()),
    };
  },
};
