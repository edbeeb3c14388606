/** Everything that detectors may look at, gathered from one prepared image by the networks of a detect unit. */
import { Random } from "../../base/index.js";
import { inspectPrepared } from "../../bundle/index.js";
import type { Session, Tensor } from "../../graph/index.js";
import {
  flipVoxels,
  foregroundMeans,
  foregroundUncertainty,
  interiorMean,
  predictedMask,
  readVoxels,
} from "../../inference/index.js";
import type { PredictedChannels } from "../../labels/index.js";
import { drawDropoutMasks, exportNetwork } from "../../network/index.js";
import {
  type CaseEvidence,
  intensityFeatures,
  type MemberSource,
  roughnessFeatures,
} from "../../ood/index.js";
import type { Volume } from "../../volume/index.js";
import type { StudyWork } from "../data/planned-study.js";
import { bestWeights } from "../data/unit-weights.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import { flipsOf } from "../protocol/study-configuration.js";
import type { DatasetClassifier } from "./dataset-classifier.js";

/** Probabilities of several predictions of one image, [channels x voxels] each. */
export type SeveralPredictions = Partial<Record<MemberSource, readonly Float32Array[]>>;

/** Which image it is. */
export type ImageName = Pick<CaseEvidence, "dataset" | "id" | "subject">;

export interface InspectedImage {
  readonly evidence: CaseEvidence;
  /** Of the first member, without temperature; [channels x voxels]. */
  readonly probabilities: Float32Array;
  /** Its mask, before temperature scaling. */
  readonly labels: Uint8Array;
  /** What the probabilities are of. */
  readonly predicted: PredictedChannels;
  readonly several: SeveralPredictions;
}

/** One look at an image. */
export type Look = (name: ImageName, image: Volume<Float32Array>) => Promise<InspectedImage>;

/** The sessions that look at images. */
interface Lookers {
  /** The unit's network, then its ensemble. */
  readonly members: readonly [Session, ...Session[]];
  /** The unit's network with its dropout as inputs. */
  readonly dropout: Session | undefined;
  readonly classifier: DatasetClassifier | undefined;
}

export class ImageInspector {
  private readonly predicted: PredictedChannels;

  private constructor(
    private readonly work: StudyWork,
    private readonly unit: DetectUnit,
    private readonly lookers: Lookers,
    private readonly opened: readonly Session[],
  ) {
    const { outputChannels, labelMode } = work.data.labels;
    this.predicted = { channels: outputChannels, labelMode };
  }

  /** @param classifier for a unit of several datasets; stays the caller's to release */
  static async open(
    work: StudyWork,
    unit: DetectUnit,
    classifier: DatasetClassifier | undefined,
  ): Promise<ImageInspector> {
    const { data, engine, threads } = work;
    const { network, study } = data;
    const opened: Session[] = [];
    const open = async (model: Uint8Array): Promise<Session> => {
      const session = await engine.open(model, { threads });
      opened.push(session);
      return session;
    };
    try {
      const weights = await Promise.all(unit.members.map((id) => bestWeights(data, id)));
      for (const parameters of weights) await open(exportNetwork(network, parameters));
      const members = [...opened] as [Session, ...Session[]];
      const passes = unit.full && network.description.dropout > 0 ? study.uncertainty.dropoutPasses : 0;
      const dropout =
        passes > 0 ? await open(exportNetwork(network, weights[0]!, { masks: true })) : undefined;
      return new ImageInspector(work, unit, { members, dropout, classifier }, opened);
    } catch (error) {
      await releaseAll(opened);
      throw error;
    }
  }

  close(): Promise<void> {
    return releaseAll(this.opened);
  }

  /** One prediction, and all that it says. */
  async inspect(name: ImageName, image: Volume<Float32Array>): Promise<InspectedImage> {
    const { lookers, predicted } = this;
    const { data, hooks } = this.work;
    const layers = data.network.layers.map((layer) => layer.name);
    const { probabilities, layers: statistics } = await inspectPrepared(lookers.members[0], image, data, {
      layers,
      signal: hooks.signal,
    });
    const reading = readVoxels([probabilities.data], predicted);
    const { entropy, maximumProbability } = foregroundMeans(reading);
    const evidence: CaseEvidence = {
      ...name,
      layers: statistics,
      confidence: { entropy, maximumProbability },
      mask: predictedMask(image, reading),
      interiorEntropy: interiorMean(image.shape, reading),
      ...(lookers.classifier && { datasetConfidence: await lookers.classifier.confidence(image) }),
      intensities: intensityFeatures(image),
      roughness: roughnessFeatures(image),
    };
    return { evidence, probabilities: probabilities.data, labels: reading.labels, predicted, several: {} };
  }

  /** As `inspect`; where the unit is full, with several predictions besides and how much they differ. */
  async inspectSeveral(name: ImageName, image: Volume<Float32Array>): Promise<InspectedImage> {
    const inspected = await this.inspect(name, image);
    if (!this.unit.full) return inspected;
    const several = await this.predictSeveral(name, image, inspected.probabilities);
    const uncertainty = Object.fromEntries(
      Object.entries(several).map(([source, members]) => [
        source,
        foregroundUncertainty(members, this.predicted),
      ]),
    );
    return { ...inspected, evidence: { ...inspected.evidence, ...uncertainty }, several };
  }

  private async predictSeveral(
    name: ImageName,
    image: Volume<Float32Array>,
    probabilities: Float32Array,
  ): Promise<SeveralPredictions> {
    const { members, dropout } = this.lookers;
    const { study, network } = this.work.data;
    const others: Float32Array[] = [];
    for (const session of members.slice(1)) others.push((await this.predict(session, image)).data);
    const passes: Float32Array[] = [];
    if (dropout) {
      for (let pass = 0; pass < study.uncertainty.dropoutPasses; pass++) {
        const random = Random.stream(this.unit.seed, "dropout pass", name.dataset, name.id, pass);
        const masks = drawDropoutMasks(network, random);
        passes.push((await this.predict(dropout, image, masks)).data);
      }
    }
    const flipped: Float32Array[] = [];
    for (const flip of flipsOf(study)) {
      const result = await this.predict(members[0], flipVoxels(image, flip));
      flipped.push(flipVoxels(result, flip).data);
    }
    return {
      ...(passes.length > 0 && { dropout: passes }),
      ...(others.length > 0 && { ensemble: [probabilities, ...others] }),
      ...(flipped.length > 0 && { augmentation: [probabilities, ...flipped] }),
    };
  }

  private async predict(
    session: Session,
    image: Volume<Float32Array>,
    feeds: Readonly<Record<string, Tensor>> = {},
  ): Promise<Volume<Float32Array>> {
    const { data, hooks } = this.work;
    const options = { feeds, signal: hooks.signal };
    return (await inspectPrepared(session, image, data, options)).probabilities;
  }
}

async function releaseAll(sessions: readonly Session[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.release()));
}
