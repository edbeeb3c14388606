/** The most that the engine gets out of this machine: GFLOP/s of a square matrix product, GB/s of adding two arrays. */
import * as ort from "onnxruntime-node";
import { add, encode, Graph, matrixProduct } from "../dist/graph/index.js";
import { noise, repeat } from "./measure.mjs";

const { threads, seconds } = JSON.parse(process.argv[2]);

async function fastest(dims, combine) {
  const graph = new Graph();
  const [a, b] = [graph.input("a", dims), graph.input("b", dims)];
  graph.output("c", combine(a, b));
  const session = await ort.InferenceSession.create(encode(graph), { intraOpNumThreads: threads });
  const data = noise(dims[0] * dims[1]);
  const feeds = { a: new ort.Tensor("float32", data, dims), b: new ort.Tensor("float32", data, dims) };
  const fetches = { c: new ort.Tensor("float32", new Float32Array(data.length), dims) };
  const { cpu } = await repeat(() => session.run(feeds, fetches), seconds);
  await session.release();
  // Processor time, so that what else the machine does is not taken for its limit.
  return Math.min(...cpu) / threads / 1000;
}

const side = 2048;
const product = await fastest([side, side], (a, b) => matrixProduct(a, b));
const large = [4096, 4096];
const sum = await fastest(large, add);
console.log(
  JSON.stringify({
    threads,
    gflops: Math.round((2 * side ** 3) / product / 1e9),
    gigabytes_a_second: Number(((3 * 4 * large[0] * large[1]) / sum / 1e9).toFixed(1)),
  }),
);
