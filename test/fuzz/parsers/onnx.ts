/** ONNX models of other software, up to what is known of them before they run. */
import { imageInput, layerNames, outputNames, readModel } from "../../../src/graph/model/index.js";
import { fixture } from "../fixtures.js";
import { pick } from "../mutations.js";
import type { OpenParser } from "../parser.js";
import { changedModel, smallModel } from "./model-changes.js";

export async function open(): Promise<OpenParser> {
  const seeds = [smallModel(), fixture("models/slices.onnx"), fixture("models/half.onnx")];
  return {
    seeds,
    async read(bytes) {
      const model = await readModel(bytes, "model.onnx", (name) => ({
        name,
        read: async () => new Uint8Array(64),
      }));
      layerNames(model);
      outputNames(model);
      imageInput(model);
    },
    grammar: (random) => changedModel(pick(seeds, random), random),
  };
}
