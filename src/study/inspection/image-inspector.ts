/** Everything that detectors may look at, gathered from one prepared image by the networks of a detect unit. */
import { Random } from "../../base/index.js";
import { inspectPrepared } from "../../bundle/index.js";
import type { Engine, Session, Tensor } from "../../graph/index.js";
import { FLIPS, flipVoxels, foregroundUncertainty } from "../../inference/index.js";
import { drawDropoutMasks, exportNetwork } from "../../network/index.js";
import { type CaseEvidence, intensityFeatures, roughnessFeatures } from "../../ood/index.js";
import type { Volume } from "../../volume/index.js";
import type { StudyData } from "../data/study-data.js";
import { bestWeights } from "../data/unit-weights.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import type { DatasetClassifier } from "./dataset-classifier.js";

/** Where several predictions of one image come from. */
export const uncertaintySources = ["dropout", "ensemble", "augmentation"] as const;
export type UncertaintySource = (typeof uncertaintySources)[number];

/** Probabilities of several predictions of one image, [channels x voxels] each. */
export type SeveralPredictions = Partial<Record<UncertaintySource, readonly Float32Array[]>>;

/** Which image it is. */
export type ImageName = Pick<CaseEvidence, "dataset" | "id" | "subject">;

export interface InspectedImage {
  readonly evidence: CaseEvidence;
  /** Of the first member, without temperature; [channels x voxels]. */
  readonly probabilities: Float32Array;
  readonly several: SeveralPredictions;
}

export class ImageInspector {
  private constructor(
    private readonly data: StudyData,
    private readonly unit: DetectUnit,
    private readonly members: readonly Session[],
    private readonly dropout: Session | undefined,
    private readonly classifier: DatasetClassifier | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @param classifier is released with the inspector */
  static async open(
    data: StudyData,
    unit: DetectUnit,
    classifier: DatasetClassifier | undefined,
    engine: Engine,
    threads: number | undefined,
    signal?: AbortSignal,
  ): Promise<ImageInspector> {
    const { network, study } = data;
    const weights = await Promise.all(unit.members.map((id) => bestWeights(data, id)));
    const open = (model: Uint8Array): Promise<Session> => engine.open(model, { threads });
    const members: Session[] = [];
    for (const parameters of weights) members.push(await open(exportNetwork(network, parameters)));
    const withDropout = unit.full && network.description.dropout > 0 && study.uncertainty.dropoutPasses > 0;
    const dropout = withDropout
      ? await open(exportNetwork(network, weights[0]!, { masks: true }))
      : undefined;
    return new ImageInspector(data, unit, members, dropout, classifier, signal);
  }

  async close(): Promise<void> {
    for (const session of this.members) await session.release();
    await this.dropout?.release();
    await this.classifier?.release();
  }

  /** @param several also the uncertainty of several predictions, where the unit is full */
  async inspect(name: ImageName, image: Volume<Float32Array>, several: boolean): Promise<InspectedImage> {
    const { data, members } = this;
    const layers = data.network.layers.map((layer) => layer.name);
    const { probabilities: volume, layers: statistics } = await inspectPrepared(members[0]!, image, data, {
      layers,
      signal: this.signal,
    });
    const { data: probabilities, channels } = volume;
    const single = foregroundUncertainty([probabilities], channels);
    const evidence: CaseEvidence = {
      ...name,
      layers: statistics,
      confidence: { entropy: single.entropy, maximumProbability: single.maximumProbability },
      ...(this.classifier && { datasetConfidence: await this.classifier.confidence(image) }),
      intensities: intensityFeatures(image),
      roughness: roughnessFeatures(image),
    };
    if (!several || !this.unit.full) return { evidence, probabilities, several: {} };
    const predictions = await this.predictSeveral(name, image, probabilities);
    const uncertainty = Object.fromEntries(
      Object.entries(predictions).map(([source, members]) => [
        source,
        foregroundUncertainty(members, channels),
      ]),
    );
    return { evidence: { ...evidence, ...uncertainty }, probabilities, several: predictions };
  }

  private async predictSeveral(
    name: ImageName,
    image: Volume<Float32Array>,
    probabilities: Float32Array,
  ): Promise<SeveralPredictions> {
    const { uncertainty } = this.data.study;
    const others: Float32Array[] = [];
    for (const session of this.members.slice(1)) others.push((await this.predict(session, image)).data);
    const passes: Float32Array[] = [];
    if (this.dropout) {
      for (let pass = 0; pass < uncertainty.dropoutPasses; pass++) {
        const random = Random.stream(this.unit.seed, "dropout pass", name.dataset, name.id, pass);
        const masks = drawDropoutMasks(this.data.network, random);
        passes.push((await this.predict(this.dropout, image, masks)).data);
      }
    }
    const flipped: Float32Array[] = [];
    for (const flip of FLIPS.slice(0, uncertainty.flips)) {
      const result = await this.predict(this.members[0]!, flipVoxels(image, flip));
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
    const options = { feeds, signal: this.signal };
    return (await inspectPrepared(session, image, this.data, options)).probabilities;
  }
}
