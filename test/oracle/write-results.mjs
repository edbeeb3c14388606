/** Writes a mask for every image in a folder, as a result of it: x.nii gives x_mask.nii. Usage: node write-results.mjs FOLDER */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readVolume, writeVolume } from "../../dist/sources/index.js";

const folder = process.argv[2];
for (const file of readdirSync(folder)) {
  const { shape, affine, source, data } = await readVolume(readFileSync(join(folder, file)), file);
  const mask = { shape, affine, channels: 1, data: Uint8Array.from(data, (value) => (value > 0 ? 1 : 0)) };
  const name = file.replace(".nii", "_mask.nii");
  writeFileSync(join(folder, name), await writeVolume(mask, name, { like: source }));
}
