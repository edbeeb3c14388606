import { expect, test } from "vitest";
import { Random, UserError } from "../base/index.js";
import { describeNetwork } from "../network/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { createLoss } from "./losses/index.js";
import { createOptimiser, optimiserSchema } from "./optimisers/index.js";
import { TrainProgram } from "./train-program.js";

test("an update whose loss or gradient is not finite is refused and changes nothing", async () => {
  const network = describeNetwork({
    architecture: "unet",
    channels: 2,
    levels: 2,
    inputChannels: 1,
    outputChannels: 1,
    maximumChannels: 4,
    dropout: 0,
  });
  const program = await TrainProgram.create({
    network,
    loss: createLoss({ kind: "dice" }),
    optimiser: createOptimiser(optimiserSchema.parse({ kind: "adam" })),
    clipNorm: 12,
    batch: 1,
    patch: [4, 4, 4],
    seed: 3,
    engine: nodeEngine(),
    threads: 1,
  });
  const random = new Random(1);
  const image = Float32Array.from({ length: 64 }, () => random.normal());
  const target = Float32Array.from({ length: 64 }, () => random.below(2));
  const batch = { image, target, weight: Float32Array.of(1) };
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
