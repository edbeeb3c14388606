/** A program that uses every name of the library: compiled in the folder where the package is installed, never run. */
import type { FittedGuard, ImageOptions, OpenBundle, Prediction, Verdict, Volume } from "sureseg";
import { check, encodeResult, fitGuard, openBundle, predict, UserError, writePrediction } from "sureseg";
import * as web from "sureseg/web";

const bundle: OpenBundle = await openBundle();
const options: ImageOptions = { modality: ["CT"], signal: AbortSignal.timeout(1000) };
const prediction: Prediction = await predict(bundle, "scan.nii.gz", options);
const verdict: Verdict = (await check(bundle, new Uint8Array())).verdict;
const mask: Volume<Uint8Array> = prediction.mask;
const bytes: Uint8Array = await encodeResult(bundle, prediction, "mask", "dicom-seg");
const { mask: path } = await writePrediction(bundle, prediction, { folder: "results" });
const { files }: FittedGuard = await fitGuard({ model: "a.onnx", network: "n.yaml", images: "i" });
const other = await web.openBundle(new URL("https://example.org/bundle/"), { device: "webgpu" });
const seen = await web.predict(other, new File([], "scan.nii"));
// @ts-expect-error there is no such format
await web.encodeResult(other, seen, "mask", "png");
// @ts-expect-error a mask is no path
await predict(bundle, 3);
console.log(verdict.foreign, mask.shape, bytes, path.length, files, UserError);
await bundle.close();
