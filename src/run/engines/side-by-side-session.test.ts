import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { Random } from "../../base/index.js";
import { inspectPrepared, openModel } from "../../bundle/index.js";
import { labelsSchema, windowPlanSchema } from "../../bundle/parts.js";
import { describeNetwork, exportNetwork, initialise } from "../../network/index.js";
import { affineFromSpacing, type Shape } from "../../volume/index.js";
import { nodeEngine } from "./node.js";

const compiled = join(import.meta.dirname, "../../../dist/run/engines/node.js");

const network = describeNetwork({
  architecture: "residual-unet",
  channels: 4,
  levels: 3,
  inputChannels: 1,
  outputChannels: 1,
  dropout: 0,
  maximumChannels: 16,
});
const model = exportNetwork(network, initialise(network, Random.stream(1, "weights")));
const labels = labelsSchema.parse({
  labelMode: "shared",
  organs: ["liver"],
  outputChannels: 1,
  inputChannels: ["image"],
  modalities: ["CT"],
});
const shape: Shape = [40, 24, 24];
const random = new Random(2);
const data = Float32Array.from({ length: 40 * 24 * 24 }, () => random.normal());
const image = { shape, affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
const windows = windowPlanSchema.parse({
  window: [16, 16, 16],
  overlap: 0.5,
  multipleOf: [4, 4, 4],
  fixedSize: true,
});

it("gives what one session with as many threads gives, statistics of features included", async () => {
  const session = await openModel(nodeEngine(), model, { threads: 2 });
  const one = await openModel(nodeEngine(), model, { threads: 1 });
  const layers = network.layers.map(({ name }) => name);
  try {
    expect(await session.sideBySide?.()).toHaveLength(2);
    expect(one.sideBySide).toBeUndefined();
    const [beside, alone] = [
      await inspectPrepared(session, image, { windows, labels }, { layers }),
      await inspectPrepared(one, image, { windows, labels }, { layers }),
    ];
    expect(beside).toEqual(alone);
  } finally {
    await Promise.all([session.release(), one.release()]);
  }
});

it("ends the threads of its sessions with itself", async () => {
  const session = await openModel(nodeEngine(), model, { threads: 2 });
  const [first] = (await session.sideBySide?.()) ?? [];
  await session.release();
  await expect(first?.run({}, [])).rejects.toThrow("released");
});

it("holds up no process that is done with it and has not released it", () => {
  const program = `
    import { nodeEngine } from ${JSON.stringify(pathToFileURL(compiled).href)};
    import { readFileSync } from "node:fs";
    const session = await nodeEngine().open(new Uint8Array(readFileSync(0)), { threads: 2 });
    const [first] = await session.sideBySide();
    const data = new Float32Array(8 ** 3);
    await first.run({ image: { type: "float32", dims: [1, 1, 8, 8, 8], data } });
    console.log("done");`;
  const { stdout, status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    input: model,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ stdout, status }, stderr).toEqual({ stdout: "done\n", status: 0 });
});
