/**
 * How many channels an ONNX Runtime on this machine keeps side by side in its blocked layout: 16 or 8, by the width of
 * the processor's vectors, or no such layout. There is no way to ask; so a small convolution is computed in blocks and
 * counts where it equals the plain one.
 */
import { encode } from "../encode.js";
import type { Engine, Tensor } from "../engine.js";
import { Graph } from "../graph.js";
import { convolution } from "../operators/convolution.js";

const widths = [16, 8] as const;
/** Large enough that the blocked lowering is chosen for the wider of the two. */
const size = 10;

export async function findChannelBlock(engine: Engine): Promise<number | undefined> {
  for (const width of widths) if (await computesInBlocksOf(engine, width)) return width;
  return undefined;
}

async function computesInBlocksOf(engine: Engine, width: number): Promise<boolean> {
  const graph = new Graph();
  const image = graph.input("image", [1, width, size, size, size]);
  const kernel = graph.input("kernel", [width, width, 3, 3, 3]);
  graph.output("result", convolution(image, kernel));
  const feeds = { image: wave(image.dims as number[]), kernel: wave(kernel.dims as number[]) };
  const compute = async (model: Uint8Array): Promise<Float32Array> => {
    const session = await engine.open(model, { threads: 1 });
    try {
      return (await session.run(feeds)).result?.data as Float32Array;
    } finally {
      await session.release();
    }
  };
  const plain = await compute(encode(graph));
  try {
    const blocked = await compute(encode(graph, { channelBlock: width }));
    return plain.every((value, index) => Math.abs(value - (blocked[index] as number)) < 1e-3);
  } catch {
    // A build without the blocked operators refuses the model.
    return false;
  }
}

/** Numbers without a pattern that a wrong order of channels would leave as it is. */
function wave(dims: readonly number[]): Tensor {
  const count = dims.reduce((product, length) => product * length, 1);
  return {
    type: "float32",
    dims,
    data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * i * 0.37)),
  };
}
