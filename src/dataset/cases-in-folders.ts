/** Images of a folder, and labels of the same names in another. */
import { resolve } from "node:path";
import { UserError } from "../base/index.js";
import { casesOfFiles } from "./channel-files.js";
import type { CaseFiles } from "./dataset.js";
import { doubleFault, volumesIn } from "./layouts/folder-files.js";

/**
 * @param channels of an image; with several, files may hold one each (`_0000`, `_0001`)
 * @throws UserError where the folder has no images, or a label folder lacks one
 */
export async function casesInFolders(
  images: string,
  channels: number,
  labels?: string,
): Promise<CaseFiles[]> {
  const found = await filesOf(images);
  const cases = casesOfFiles(found, channels);
  if (labels === undefined) return cases;
  const references = await volumesIn(resolve(labels));
  return cases.map((item) => {
    const own = references.get(item.id) ?? [];
    const fault = doubleFault(own);
    if (fault !== undefined) throw new UserError(fault);
    if (own.length === 1) return { ...item, label: own[0] };
    throw new UserError({
      subject: labels,
      found: `no label file called ${item.id}`,
      expected: "one for every image, of its name",
      advice: "Add it, or take the image out of the folder.",
    });
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const volumes = await volumesIn(resolve(folder));
  for (const files of volumes.values()) {
    const fault = doubleFault(files);
    if (fault !== undefined) throw new UserError(fault);
  }
  if (volumes.size > 0) return [...volumes.values()].flat();
  throw new UserError({
    subject: folder,
    found: "no image files",
    expected: "a folder of NIfTI, NRRD or MetaImage files, or of DICOM series",
    advice: "Check the path.",
  });
}
