/** How long an update of a training takes on this machine. */
import { Random } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import type { Network } from "../network/index.js";
import { createLoss } from "../training/losses/index.js";
import { createOptimiser } from "../training/optimisers/index.js";
import { TrainProgram } from "../training/train-program.js";
import { voxelCount } from "../volume/index.js";
import type { TrainingSettings } from "./train-network.js";

/** Steps that are timed. */
const STEPS = 3;

/** What an update's work depends on. */
export interface TimedTraining {
  readonly network: Network;
  readonly settings: Pick<TrainingSettings, "batch" | "patch" | "loss" | "optimiser">;
}

/** Seconds of one update, of noise in patches of the training's own size; batches are taken to be made beside it. */
export async function secondsOfUpdate(
  { network, settings }: TimedTraining,
  engine: Engine,
  threads: number | undefined,
): Promise<number> {
  const { batch: samples, patch, loss, optimiser } = settings;
  const [x, y, z] = patch;
  const program = await TrainProgram.create({
    network,
    loss: createLoss(loss),
    optimiser: createOptimiser(optimiser),
    clipNorm: optimiser.clipNorm,
    batch: samples,
    patch: [z, y, x],
    seed: 1,
    engine,
    threads,
  });
  const { inputChannels, outputChannels } = network.description;
  const voxels = samples * voxelCount(patch);
  const random = Random.stream(1, "estimate");
  const batch = {
    image: Float32Array.from({ length: voxels * inputChannels }, () => random.normal()),
    target: new Float32Array(voxels * outputChannels),
    weight: new Float32Array(samples * outputChannels).fill(1),
  };
  try {
    return await secondsEach(() => program.update(batch, 1e-3));
  } finally {
    await program.release();
  }
}

/** Mean time of a step; the first, which takes longer, is not counted. */
export async function secondsEach(step: () => Promise<unknown>): Promise<number> {
  await step();
  const started = performance.now();
  for (let n = 0; n < STEPS; n++) await step();
  return (performance.now() - started) / 1000 / STEPS;
}
