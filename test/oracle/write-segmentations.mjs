/** Writes a segmentation for each of the cases, and expected.json with where its segments must be. Usage: node write-segmentations.mjs FOLDER */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSegmentation } from "../../dist/sources/dicom-seg/index.js";
import { readDicomSeries } from "../../dist/sources/index.js";
import { filesOfZip } from "../../dist/sources/zip.js";
import { cases, fixedMaking, segmentationOf } from "./segmentation-cases.mjs";

const folder = process.argv[2];
const expected = {};
for (const one of cases) {
  const zip = new URL(`fixtures/dicom/${one.series}.zip`, import.meta.url);
  const volume = await readDicomSeries(filesOfZip(readFileSync(zip), one.series), one.series);
  const made = segmentationOf(one, volume);
  const bytes = encodeSegmentation(made.segmentation, volume.source.fields, fixedMaking());
  writeFileSync(join(folder, `${one.name}.dcm`), bytes);
  expected[one.name] = {
    fractional: one.fractional === true,
    series: one.series,
    labels: one.segments.map(({ label }) => label),
    slices: volume.source.fields.slices.length,
    ...made.expected,
  };
}
writeFileSync(join(folder, "expected.json"), JSON.stringify(expected));
