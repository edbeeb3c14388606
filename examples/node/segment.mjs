// Segments a scan and judges it: node segment.mjs SCAN [FOLDER] [BUNDLE]
import { openBundle, predict, UserError, writePrediction } from "sureseg";

const [scan, folder = "results", bundleFolder] = process.argv.slice(2);
try {
  // Without a folder: the bundle that comes with sureseg.
  const bundle = await openBundle(bundleFolder);
  const prediction = await predict(bundle, scan);
  const { verdict, warnings, mask } = prediction;

  for (const warning of warnings) console.error(`warning: ${warning}`);
  console.log(
    verdict.foreign
      ? "Foreign: unlike anything this network was trained on. Do not use this mask."
      : `Trusted. Looks like ${verdict.nearest.dataset}, p = ${verdict.pValue.toFixed(3)}.`,
  );
  console.log(
    `${mask.data.filter((label) => label > 0).length} voxels of ${bundle.labels.organs.join(" or ")}`,
  );

  const files = await writePrediction(bundle, prediction, { folder, overwrite: true });
  console.log(files.mask);
  await bundle.close();
} catch (error) {
  // What a user can mend is one sentence; everything else is a defect.
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
