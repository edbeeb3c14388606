/**
 * What OHIF's adapters find in segmentations: for each file the label maps of its images, as OHIF would lay them over the
 * images. The rest of Cornerstone draws on a screen, so what the adapters call of it is stood in for here.
 *
 * Usage: node ohif-adapters.mjs ADAPTERS FOLDER, where ADAPTERS is an installed @cornerstonejs/adapters, and FOLDER holds the
 * segmentations and sources.json: for each file its images, as DICOM attributes. Writes FOLDER/ohif.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const standIns = {
  "@cornerstonejs/core": `
    export const eventTarget = {}, Enums = {}, metaData = {}, cache = {};
    export const triggerEvent = () => {};
    export const imageLoader = { createAndCacheDerivedLabelmapImage: (id) => globalThis.labelMapOf(id) };
    export const utilities = {
      isEqual: (a, b, tolerance) => a.length === b.length && Array.from(a).every((value, at) => Math.abs(value - b[at]) <= tolerance),
    };`,
  "@cornerstonejs/tools": "export const utilities = { throttle: (work) => work }, annotation = {};",
};
const addresses = Object.fromEntries(
  Object.entries(standIns).map(([name, code]) => [name, `data:text/javascript,${encodeURIComponent(code)}`]),
);
register(
  `data:text/javascript,${encodeURIComponent(`
    const addresses = ${JSON.stringify(addresses)};
    export const resolve = async (name, context, next) =>
      addresses[name] ? { url: addresses[name], shortCircuit: true } : next(name, context);`)}`,
);

const [adapters, folder] = process.argv.slice(2);
const entry = "dist/esm/adapters/Cornerstone3D/Segmentation/generateToolState.js";
const { createFromDICOMSegBuffer } = await import(pathToFileURL(join(resolve(adapters), entry)).href);

const sources = JSON.parse(readFileSync(join(folder, "sources.json"), "utf8"));
const found = {};
for (const [name, images] of Object.entries(sources)) {
  const ids = images.map((image) =>
    image.NumberOfFrames > 1
      ? `wadors:x/instances/${image.SOPInstanceUID}/frames/${image.frame}`
      : `image:${image.SOPInstanceUID}`,
  );
  const imageOf = (id) => images[ids.indexOf(id)];
  const modules = {
    instance: (image) => image,
    generalImageModule: (image) => ({ sopInstanceUID: image.SOPInstanceUID }),
    generalSeriesModule: (image) => ({ seriesInstanceUID: image.SeriesInstanceUID }),
    sopCommonModule: (image) => ({ sopInstanceUID: image.SOPInstanceUID }),
    imagePlaneModule: (image) => ({
      rows: image.Rows,
      columns: image.Columns,
      imagePositionPatient: image.ImagePositionPatient,
      rowCosines: image.ImageOrientationPatient.slice(0, 3),
      columnCosines: image.ImageOrientationPatient.slice(3),
      rowPixelSpacing: image.PixelSpacing[0],
      columnPixelSpacing: image.PixelSpacing[1],
      frameOfReferenceUID: image.FrameOfReferenceUID,
    }),
  };
  const metadataProvider = { get: (module, id) => modules[module]?.(imageOf(id)) };
  globalThis.labelMapOf = (id) => {
    const { Rows, Columns } = imageOf(id);
    const pixels = new Uint8Array(Rows * Columns);
    return { referencedImageId: id, getPixelData: () => pixels };
  };
  const bytes = readFileSync(join(folder, `${name}.dcm`));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { labelMapImages, segMetadata } = await createFromDICOMSegBuffer(ids, buffer, { metadataProvider });
  found[name] = {
    labels: segMetadata.data.filter(Boolean).map(({ SegmentLabel }) => SegmentLabel),
    layers: labelMapImages.map((layer) => layer.map((image) => Array.from(image.getPixelData()))),
  };
}
writeFileSync(join(folder, "ohif.json"), JSON.stringify(found));
