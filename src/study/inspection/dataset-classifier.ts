/** A network of its own that tells which training dataset an image is from: what one of the detectors looks at. */
import type { PreparedCase } from "../../dataset/index.js";
import type { Session } from "../../graph/index.js";
import { predictVolume } from "../../inference/index.js";
import { describeNetwork, exportNetwork } from "../../network/index.js";
import { batchSource } from "../../training/batch-source.js";
import { categoricalCrossEntropy } from "../../training/losses/categorical-cross-entropy.js";
import { createOptimiser, optimiserSchema } from "../../training/optimisers/index.js";
import { createSchedule } from "../../training/schedules/index.js";
import { TrainProgram } from "../../training/train-program.js";
import { type Volume, voxelCount } from "../../volume/index.js";
import type { StudyWork } from "../data/planned-study.js";
import type { StudyData } from "../data/study-data.js";
import type { StudyConfiguration } from "../protocol/study-configuration.js";

/** Telling datasets apart is learnt sooner than segmenting them. */
const MOST_UPDATES_PER_DATASET = 60;

export const classifierUpdates = (study: StudyConfiguration, classes: number): number =>
  classes < 2 ? 0 : classes * Math.min(MOST_UPDATES_PER_DATASET, study.updatesPerDataset);

/** What a classifier learns from. */
export interface Lesson {
  /** Of the datasets: the classes. */
  readonly names: readonly string[];
  readonly cases: readonly PreparedCase[];
  readonly seed: number;
}

type ClassifierWork = Pick<StudyWork, "data" | "engine" | "hooks" | "threads">;

export class DatasetClassifier {
  private constructor(
    private readonly data: StudyData,
    private readonly session: Session,
    private readonly classes: number,
  ) {}

  /**
   * Trained on the same patches, with the same augmentation and schedule, as the networks that segment.
   *
   * @throws the signal's reason where it asks to stop; nothing is kept then
   */
  static async train(work: ClassifierWork, { names, cases, seed }: Lesson): Promise<DatasetClassifier> {
    const { data, engine, hooks, threads } = work;
    const { study } = data;
    const classes = names.length;
    const network = describeNetwork({
      ...data.network.description,
      architecture: "image-classifier",
      outputChannels: classes,
      dropout: 0,
    });
    const { batch, patch, augmentation, sampling, optimiser } = study;
    const recipe = { seed, batch, patch, layout: data.layout, augmentation, sampling };
    const batches = batchSource(cases, recipe, { workers: 0 });
    const [x, y, z] = patch;
    const program = await TrainProgram.create({
      network,
      loss: categoricalCrossEntropy,
      optimiser: createOptimiser(optimiserSchema.parse({ kind: "adam" })),
      clipNorm: study.optimiser.clipNorm,
      batch: study.batch,
      patch: [z, y, x],
      seed,
      engine,
      threads,
    });
    const updates = classifierUpdates(study, classes);
    const schedule = createSchedule(study.schedule, { learningRate: optimiser.learningRate, updates });
    const weight = new Float32Array(batch * classes).fill(1);
    hooks.stage("learning to tell datasets apart", updates, "updates");
    try {
      for (let step = 0; step < updates; step++) {
        hooks.signal?.throwIfAborted();
        const { image, cases: keys } = await batches.batch(step);
        const target = oneHot(keys, names, voxelCount(patch));
        await program.update({ image, target, weight }, schedule.rate(step));
        hooks.progress(step + 1);
      }
      const session = await engine.open(exportNetwork(network, program.weights()), { threads });
      return new DatasetClassifier(data, session, classes);
    } finally {
      await batches.close();
      await program.release();
    }
  }

  /** Largest softmax probability over the datasets, averaged over the image's windows; 1 / classes to 1. */
  async confidence(image: Volume<Float32Array>): Promise<number> {
    const probabilities = await predictVolume(this.session, image, this.data.windows, {
      outputChannels: this.classes,
      activation: "softmax",
    });
    const voxels = voxelCount(image.shape);
    const means = Array.from({ length: this.classes }, (_, channel) =>
      probabilities.data
        .subarray(channel * voxels, (channel + 1) * voxels)
        .reduce((sum, value) => sum + value / voxels, 0),
    );
    return Math.max(...means);
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** For each sample ("dataset/case"), 1 everywhere in the channel of its dataset; [N, K, voxels]. */
function oneHot(keys: readonly string[], names: readonly string[], voxels: number): Float32Array {
  const target = new Float32Array(keys.length * names.length * voxels);
  keys.forEach((key, sample) => {
    const channel = names.findIndex((name) => key.startsWith(`${name}/`));
    const start = (sample * names.length + channel) * voxels;
    target.fill(1, start, start + voxels);
  });
  return target;
}
