// A guard for a network that you have already: node guard.mjs MODEL.onnx NETWORK.yaml IMAGES NEW-SCAN
// docs/any-model.md says how to export the model and how to get network.yaml from nnU-Net or MONAI.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check, fitGuard, openBundle, UserError } from "sureseg";

const [model, network, images, scan, folder = "guarded"] = process.argv.slice(2);
try {
  // No training and no labels: images that the network is meant for are enough.
  const { files, warnings } = await fitGuard({ model, network, images, alpha: 0.1 });
  for (const warning of warnings) console.error(`warning: ${warning}`);
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);

  const bundle = await openBundle(folder);
  const { verdict } = await check(bundle, scan);
  console.log(verdict.foreign ? "foreign: do not rely on its mask" : "trusted");
  await bundle.close();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
