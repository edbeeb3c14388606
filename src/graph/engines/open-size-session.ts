/**
 * Sessions for devices where nothing may fall back to the CPU.
 *
 * ONNX Runtime computes with sizes (a Shape node and the integers that follow it) on the CPU and nowhere else. So where a
 * model leaves sizes open it is opened once an image comes, with that image's sizes filled in: such nodes are then
 * folded away. Another size opens it anew.
 */
import type { ModelProto } from "onnx-buf";
import { encode } from "../encode.js";
import { feedOf, type Session } from "../engine.js";
import { Graph } from "../graph.js";
import { leavesSizesOpen, readSignature, withInputSizes } from "../input-sizes.js";
import type { OnnxModel } from "../onnx-model.js";
import { negate } from "../operators/index.js";
import { type ModelWriter, SizedSession } from "./sized-session.js";

type Create = (model: OnnxModel) => Promise<Session>;

/**
 * @param create opens a model whose sizes are all known
 * @throws what `create` throws, for a model of open sizes too where no model at all can be opened
 */
export async function openForEachSize(model: ModelProto, create: Create): Promise<Session> {
  if (!leavesSizesOpen(model)) return create(model);
  await (await create(smallest())).release();
  return new SizedSession(sizesFilledIn(model, create));
}

/** A model that any device can run: whether one is there shows at once, not when the first image comes. */
function smallest(): Uint8Array {
  const graph = new Graph();
  graph.output("y", negate(graph.input("x", [1])));
  return encode(graph);
}

/** Fills in the sizes of each image. */
function sizesFilledIn(model: ModelProto, create: Create): ModelWriter {
  const { inputs, outputs } = readSignature(model);
  return {
    inputNames: inputs,
    outputNames: outputs,
    openFor: (feeds) =>
      create(
        withInputSizes(model, Object.fromEntries(inputs.map((name) => [name, feedOf(feeds, name).dims]))),
      ),
    release: async () => {},
  };
}
