/** The network that is measured: that of the peers. */
import { describeNetwork } from "../dist/network/index.js";
import { createLoss, lossSchema } from "../dist/training/losses/index.js";
import { createOptimiser, optimiserSchema } from "../dist/training/optimisers/index.js";
import { TrainProgram } from "../dist/training/train-program.js";
import { noise } from "./measure.mjs";

export const measuredNetwork = ({ channels, levels }) =>
  describeNetwork({
    architecture: "unet",
    channels,
    levels,
    inputChannels: 1,
    outputChannels: 1,
    maximumChannels: 1024,
    dropout: 0,
  });

/** A training of it in an engine, and a batch to show to it. */
export async function measuredTraining({ patch, batch, threads, ...size }, engine) {
  const program = await TrainProgram.create({
    network: measuredNetwork(size),
    loss: createLoss(lossSchema.parse({})),
    optimiser: createOptimiser(optimiserSchema.parse({})),
    clipNorm: 0,
    batch,
    patch: [patch, patch, patch],
    seed: 0,
    engine,
    threads,
  });
  const image = noise(batch * patch ** 3);
  const target = image.map((value) => (value > 0 ? 1 : 0));
  return { program, samples: { image, target, weight: new Float32Array(batch).fill(1) } };
}
