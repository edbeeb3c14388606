import { expect, test } from "vitest";
import { expectClose } from "../../test/contracts/reference/gradient-check.js";
import { Random, UserError } from "../base/index.js";
import { describeNetwork } from "../network/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { createLoss } from "./losses/index.js";
import { createOptimiser, optimiserSchema } from "./optimisers/index.js";
import type { ProgramOptions } from "./program-options.js";
import { TrainProgram } from "./train-program.js";

const network = describeNetwork({
  architecture: "unet",
  channels: 2,
  levels: 2,
  inputChannels: 1,
  outputChannels: 1,
  maximumChannels: 4,
  dropout: 0,
});
const options: ProgramOptions = {
  network,
  loss: createLoss({ kind: "dice" }),
  optimiser: createOptimiser(optimiserSchema.parse({ kind: "adam" })),
  clipNorm: 12,
  batch: 1,
  patch: [4, 4, 4],
  seed: 3,
  engine: nodeEngine(),
  threads: 1,
};
const random = new Random(1);
const image = Float32Array.from({ length: 64 }, () => random.normal());
const target = Float32Array.from({ length: 64 }, () => random.below(2));
const batch = { image, target, weight: Float32Array.of(1) };

test("an update whose loss or gradient is not finite is refused and changes nothing", async () => {
  const program = await TrainProgram.create(options);
  await program.update(batch, 1e-3);
  const before = program.state();
  const broken = image.slice();
  broken[5] = Number.NaN;
  const refused = program.update({ ...batch, image: broken }, 1e-3);
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(
    /update 2: found a loss of NaN .*learning rate 0\.00100.*learningRate/,
  );
  expect(program.state()).toEqual(before);
  expect((await program.update(batch, 1e-3)).loss).toBeGreaterThan(0);
  expect(program.state().step).toBe(2);
  await program.release();
});

test("the running mean of the weights is what is shipped, and does not change how they are trained", async () => {
  const plain = await TrainProgram.create(options);
  const averaging = await TrainProgram.create({ ...options, averaging: 0.9 });
  let mean = plain.weights();
  for (let step = 1; step <= 12; step++) {
    await plain.update(batch, 1e-2);
    await averaging.update(batch, 1e-2);
    const kept = Math.min(0.9, (1 + step) / (10 + step));
    const weights = plain.weights();
    mean = mean.map((value, at) => kept * value + (1 - kept) * weights[at]!);
    expect(averaging.state().vectors.parameters).toEqual(weights);
    expectClose(averaging.weights(), mean, 1e-6);
  }
  const { vectors, step } = averaging.state();
  const resumed = await TrainProgram.create({ ...options, averaging: 0.9 });
  resumed.load({ step, vectors });
  await resumed.update(batch, 1e-2);
  await averaging.update(batch, 1e-2);
  expect(resumed.weights()).toEqual(averaging.weights());
  const other = plain.weights().fill(0.5);
  resumed.startFrom(other);
  expect(resumed.weights()).toEqual(other);
  expect(resumed.state().vectors.parameters).toEqual(other);
  for (const program of [plain, averaging, resumed]) await program.release();
});
