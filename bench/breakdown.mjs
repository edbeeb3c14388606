/** Where a training step's time goes, by operator of ONNX Runtime's own profile. usage: breakdown.mjs '{"patch":64,...}' */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { nodeEngine } from "../dist/run/engines/node.js";
import { measuredTraining } from "./network.mjs";

const setting = JSON.parse(process.argv[2]);
const runs = 4;
const prefix = join(tmpdir(), `sureseg-profile-${process.pid}`);

/** The engine, but with the runtime's profiler on. */
let profiled;
const native = nodeEngine();
const engine = {
  ...native,
  async open(model, options) {
    profiled = await ort.InferenceSession.create(model, {
      intraOpNumThreads: options.threads,
      enableMemPattern: false,
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: prefix,
    });
    return {
      inputNames: profiled.inputNames,
      outputNames: profiled.outputNames,
      async run(feeds) {
        const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
          name,
          new ort.Tensor(type, data, dims),
        ]);
        return profiled.run(Object.fromEntries(tensors));
      },
      release: () => profiled.release(),
    };
  },
};
const { program, samples } = await measuredTraining(setting, engine);
for (let run = 0; run <= runs; run++) {
  await program.update(samples, 1e-3);
}
profiled.endProfiling();
const file = readdirSync(tmpdir()).find((name) => join(tmpdir(), name).startsWith(prefix));
const events = JSON.parse(readFileSync(join(tmpdir(), file), "utf8"));
rmSync(join(tmpdir(), file));

/** Node -> its operator and shapes, and its shortest time: what it takes when nothing interrupts it. */
const nodes = new Map();
for (const { cat, name, dur, args } of events) {
  if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
  const known = nodes.get(name);
  nodes.set(name, {
    operator: args.op_name,
    shapes: args.input_type_shape,
    ms: Math.min(dur / 1000, known?.ms ?? Number.POSITIVE_INFINITY),
  });
}
const operators = {};
for (const { operator, ms } of nodes.values()) {
  operators[operator] ??= { nodes: 0, ms: 0 };
  operators[operator].nodes++;
  operators[operator].ms += ms;
}
const round = (ms) => Number(ms.toFixed(2));
const sum = round([...nodes.values()].reduce((total, { ms }) => total + ms, 0));
const rows = Object.entries(operators)
  .sort(([, a], [, b]) => b.ms - a.ms)
  .map(([operator, { nodes: count, ms }]) => ({
    operator,
    nodes: count,
    ms: round(ms),
    share: round(ms / sum),
  }));
const slowest = [...nodes.values()]
  .sort((a, b) => b.ms - a.ms)
  .slice(0, 20)
  .map(({ operator, shapes, ms }) => ({ operator, shapes: JSON.stringify(shapes), ms: round(ms) }));
console.log(JSON.stringify({ sum_of_best_ms: sum, operators: rows, slowest }));
