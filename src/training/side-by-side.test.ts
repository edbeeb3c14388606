import { expect, test } from "vitest";
import { expectClose } from "../../test/contracts/reference/gradient-check.js";
import { Random } from "../base/index.js";
import { describeNetwork } from "../network/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { createLoss, lossSchema } from "./losses/index.js";
import { createOptimiser, optimiserSchema } from "./optimisers/index.js";
import type { ProgramOptions } from "./program-options.js";
import { sampleModel } from "./step-models.js";
import { TrainProgram } from "./train-program.js";

const network = describeNetwork({
  architecture: "residual-unet",
  channels: 2,
  levels: 3,
  inputChannels: 1,
  outputChannels: 2,
  maximumChannels: 8,
  deepSupervision: 1,
  dropout: 0.3,
});
const random = new Random(11);
const voxels = 3 * 32 ** 3;
const batch = {
  image: Float32Array.from({ length: voxels }, () => random.normal()),
  target: Float32Array.from({ length: 2 * voxels }, () => random.below(2)),
  // The third sample's dataset does not annotate the second organ.
  weight: Float32Array.of(1, 1, 1, 1, 1, 0),
};
const options = (threads: number): ProgramOptions => ({
  network,
  loss: createLoss(lossSchema.parse({})),
  optimiser: createOptimiser(optimiserSchema.parse({ kind: "sgd", momentum: 0 })),
  clipNorm: 0.5,
  averaging: 0.9,
  batch: 3,
  patch: [32, 32, 32],
  seed: 2,
  engine: nodeEngine(),
  threads,
});

async function trained(threads: number, engine = nodeEngine()) {
  const program = await TrainProgram.create({ ...options(threads), engine });
  const seen = [];
  for (let step = 0; step < 3; step++) seen.push(await program.update(batch, 0.1));
  const { vectors } = program.state();
  await program.release();
  return { vectors, seen };
}

test("samples side by side move the weights as the whole batch at once does, whatever the number of threads", async () => {
  const { openApart: _, ...alone } = nodeEngine();
  const [whole, two, three] = [await trained(2, alone), await trained(2), await trained(3)];
  for (const [step, { loss, gradientNorm }] of whole.seen.entries()) {
    expectClose([two.seen[step]!.loss, two.seen[step]!.gradientNorm], [loss, gradientNorm], 2e-5);
  }
  for (const name of Object.keys(whole.vectors)) {
    expectClose(two.vectors[name]!, whole.vectors[name]!, 2e-5, name);
  }
  expect(three).toEqual(two);
});

test("small samples are not handed to other threads", async () => {
  let apart = 0;
  const { openApart, ...engine } = nodeEngine();
  const counting = {
    ...engine,
    openApart: (...given: Parameters<NonNullable<typeof openApart>>) => {
      apart++;
      return openApart!(...given);
    },
  };
  for (const side of [16, 32]) {
    const program = await TrainProgram.create({
      ...options(2),
      patch: [side, side, side],
      engine: counting,
    });
    await program.release();
    expect(apart).toBe(side === 16 ? 0 : 2);
  }
});

test("what is not finite in one sample is refused and changes nothing", async () => {
  const program = await TrainProgram.create(options(2));
  const before = program.state();
  const image = batch.image.slice();
  image[2 * 32 ** 3 + 3] = Number.NaN;
  await expect(program.update({ ...batch, image }, 0.1)).rejects.toThrow(/update 1: found a loss of NaN/);
  expect(program.state()).toEqual(before);
  await program.release();
});

test("a model that cannot be opened, or a feed that does not fit, is said by the thread's own error", async () => {
  const engine = nodeEngine();
  await expect(engine.openApart!(Uint8Array.of(1, 2, 3), { threads: 1 })).rejects.toThrow();
  const session = await engine.openApart!(sampleModel(options(1), undefined), { threads: 1 });
  await expect(session.run({})).rejects.toThrow(/no tensor was given/);
  await session.release();
  await expect(session.run({})).rejects.toThrow(/released/);
});
