/** What the server found, as if it had been found here. */
import { type ImagePrediction, parseFigures } from "../../src/bundle/index.js";
import { readVolume, type SourcedVolume } from "../../src/sources/index.js";
import type { Volume } from "../../src/volume/index.js";
import { parseVerdict } from "../server/answers.js";
import type { FileToSave, ServedResults } from "./protocol.js";

/**
 * @param scan that was sent: the results lie on its grid, and what was noted on reading it is not noted again
 * @throws UserError where a file is not what it should be
 */
export async function servedPrediction(
  { mask, confidence, verdict: verdictText, figures }: ServedResults,
  scan: SourcedVolume,
): Promise<ImagePrediction> {
  const { warnings, ...verdict } = parseVerdict(verdictText);
  const labels = await readOnGrid(mask, scan);
  const sure = await readOnGrid(confidence, scan);
  return {
    ...parseFigures(figures, "figures"),
    labels: { ...labels, data: Uint8Array.from(labels.data) },
    confidence: { ...sure, data: Float32Array.from(sure.data) },
    verdict,
    warnings: warnings.filter((warning) => !scan.source.warnings.includes(warning)),
  };
}

async function readOnGrid({ name, bytes }: FileToSave, { shape, affine }: Volume): Promise<Volume> {
  const { data, shape: found } = await readVolume(bytes, name);
  if (found.join() !== shape.join()) throw new Error(`the server's ${name} is of another image`);
  return { data, shape, affine, channels: 1 };
}
