/**
 * What dcmqi (in @itk-wasm/dicom) finds in segmentations: for each file the image and the codes of its segments.
 *
 * Usage: node dcmqi.mjs MODULES FOLDER, where MODULES is the node_modules that holds @itk-wasm/dicom, and FOLDER the
 * segmentations, with their names in expected.json. Writes FOLDER/dcmqi.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const entry = join(resolve(modules), "@itk-wasm/dicom/dist/index-node.js");
const { readSegmentationNode, readOverlappingSegmentationNode } = await import(pathToFileURL(entry).href);

// It tells on stdout how it goes on.
console.log = () => {};

/** Its reader of one label map takes no segments that overlap. */
const readers = {
  "read-segmentation": readSegmentationNode,
  "read-overlapping-segmentation": readOverlappingSegmentationNode,
};

async function read(path) {
  for (const [by, reader] of Object.entries(readers)) {
    const found = await reader(path).catch(() => undefined);
    if (found !== undefined) return { by, ...found };
  }
  throw new Error(`${path} is not read`);
}

const found = {};
for (const name of Object.keys(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")))) {
  const { by, segImage, metaInfo } = await read(resolve(join(folder, `${name}.dcm`)));
  found[name] = {
    by,
    size: segImage.size,
    components: segImage.imageType.components,
    origin: segImage.origin,
    spacing: segImage.spacing,
    direction: Array.from(segImage.direction),
    data: Array.from(segImage.data),
    segments: metaInfo.segmentAttributes.flat(),
  };
}
writeFileSync(join(folder, "dcmqi.json"), JSON.stringify(found));
