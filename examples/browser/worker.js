// Holds the bundle, and predicts one scan after another.
import { encodeResult, openBundle, predict, UserError } from "sureseg/web";

// The folder that vite serves public/bundle as, beside the page.
const bundle = openBundle(new URL("../bundle/", import.meta.url));
let turn = Promise.resolve();

self.addEventListener("message", ({ data: files }) => {
  turn = turn.then(() => segment(files));
});

async function segment(files) {
  try {
    const prediction = await predict(await bundle, files);
    const { verdict, warnings } = prediction;
    const said = verdict.foreign
      ? "Foreign: unlike anything this network was trained on. Do not use this mask."
      : `Trusted. Looks like ${verdict.nearest.dataset}, p = ${verdict.pValue.toFixed(3)}.`;
    const bytes = await encodeResult(await bundle, prediction, "mask", "nifti");
    self.postMessage({ sentence: [said, ...warnings].join(" "), bytes });
  } catch (error) {
    // What a user can mend is one sentence; everything else is a defect.
    if (!(error instanceof UserError)) throw error;
    self.postMessage({ sentence: error.message });
  }
}
