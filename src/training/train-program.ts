/**
 * A network in training. A step is one ONNX graph (forward, loss, gradients, clipping, optimiser), run in one call; where there are
 * several samples and threads, the samples' gradients are computed side by side instead (side-by-side.ts).
 *
 * Parameters and the optimiser's vectors travel as inputs and outputs; each has two buffers that take turns, so that
 * a step that fails or gives no finite loss leaves the last good state untouched.
 */
import { Random, UserError } from "../base/index.js";
import type { Session, Tensor } from "../graph/index.js";
import { dropoutInput, initialise, parameterCount } from "../network/index.js";
import type { ProgramOptions } from "./program-options.js";
import { openSideBySide } from "./side-by-side.js";
import { AVERAGED, averages, stepModel } from "./step-models.js";

/** Of a training's vectors the weights that are validated and shipped: their running mean where there is one. */
export const weightsOf = (vectors: Readonly<Record<string, Float32Array>>): Float32Array =>
  vectors[AVERAGED] ?? (vectors.parameters as Float32Array);

/** Tensors of one step: image [N, C, D, H, W], target [N, K, D, H, W] of 0 and 1, weight [N, K]. */
export interface ProgramBatch {
  readonly image: Float32Array;
  readonly target: Float32Array;
  readonly weight: Float32Array;
}

/** A network in training: step it, take its parameters, save it. */
export class TrainProgram {
  private readonly vectors: Map<string, [Tensor, Tensor]>;
  private side = 0;
  private updates = 0;

  private constructor(
    private readonly options: ProgramOptions,
    private readonly session: Pick<Session, "run" | "release">,
  ) {
    const count = parameterCount(options.network.layout);
    const zeros = (): Tensor => ({ type: "float32", dims: [count], data: new Float32Array(count) });
    const averaged = averages(options) ? [AVERAGED] : [];
    this.vectors = new Map(
      ["parameters", ...options.optimiser.states, ...averaged].map((name) => [name, [zeros(), zeros()]]),
    );
    this.startFrom(initialise(options.network, Random.stream(options.seed, "parameters")));
  }

  static async create(options: ProgramOptions): Promise<TrainProgram> {
    const { engine, threads } = options;
    const channelBlock = await engine.channelBlock?.();
    const session =
      (await openSideBySide(options, channelBlock)) ??
      (await engine.open(stepModel(options, channelBlock), { threads }));
    return new TrainProgram(options, session);
  }

  /** Updates done so far. */
  get step(): number {
    return this.updates;
  }

  /**
   * One update. The dropout masks come from the seed and the number of the step alone.
   *
   * @throws UserError where the loss or the gradient is not finite; nothing has changed then
   */
  async update(batch: ProgramBatch, learningRate: number): Promise<{ loss: number; gradientNorm: number }> {
    const { network, optimiser } = this.options;
    const feeds: Record<string, Tensor> = {
      ...this.batchFeeds(batch),
      learningRate: { type: "float32", dims: [1], data: Float32Array.of(learningRate) },
      scalars: { type: "float32", dims: [2], data: Float32Array.from(optimiser.scalars(this.updates + 1)) },
    };
    if (averages(this.options)) {
      const share = 1 - keptOfMean(this.options.averaging, this.updates + 1);
      feeds.averagedShare = { type: "float32", dims: [1], data: Float32Array.of(share) };
    }
    const into: Record<string, Tensor> = {};
    for (const [name, pair] of this.vectors) {
      feeds[name] = pair[this.side] as Tensor;
      into[`new/${name}`] = pair[1 - this.side] as Tensor;
    }
    for (const { layer, channels } of network.dropoutLayers) {
      feeds[dropoutInput(layer)] = this.dropoutMask(layer, channels);
    }
    const results = await this.session.run(feeds, undefined, into);
    const loss = Number(results.loss?.data[0]);
    const gradientNorm = Number(results.gradientNorm?.data[0]);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new UserError({
        subject: `update ${this.updates + 1}`,
        found: `a loss of ${loss} and a gradient of norm ${gradientNorm} at learning rate ${learningRate.toPrecision(3)}`,
        expected: "a finite loss and gradient",
        advice: "Lower optimiser.learningRate, or set optimiser.clipNorm.",
      });
    }
    this.side = 1 - this.side;
    this.updates++;
    return { loss, gradientNorm };
  }

  /** Takes these weights as its own before the first update: drawn ones, or those of another training. */
  startFrom(weights: Float32Array): void {
    for (const name of ["parameters", AVERAGED]) {
      if (this.vectors.has(name)) (this.vector(name).data as Float32Array).set(weights);
    }
  }

  /** A copy of the weights that are validated and shipped, in the order of the network's layout. */
  weights(): Float32Array {
    const { vectors } = this.state();
    return weightsOf(vectors);
  }

  /** A copy of everything that the next step depends on besides the batch. */
  state(): { step: number; vectors: Record<string, Float32Array> } {
    const vectors: Record<string, Float32Array> = {};
    for (const name of this.vectors.keys()) vectors[name] = (this.vector(name).data as Float32Array).slice();
    return { step: this.updates, vectors };
  }

  /** @throws RangeError where the vectors do not fit this network and optimiser */
  load(state: { step: number; vectors: Readonly<Record<string, Float32Array>> }): void {
    for (const name of this.vectors.keys()) {
      const own = this.vector(name).data as Float32Array;
      const given = state.vectors[name];
      if (given?.length !== own.length) {
        throw new RangeError(`${name}: ${given?.length ?? "no"} numbers given, ${own.length} expected`);
      }
    }
    for (const name of this.vectors.keys()) {
      (this.vector(name).data as Float32Array).set(state.vectors[name] as Float32Array);
    }
    this.updates = state.step;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private vector(name: string): Tensor {
    return this.vectors.get(name)?.[this.side] as Tensor;
  }

  private batchFeeds(batch: ProgramBatch): Record<string, Tensor> {
    const { network, patch } = this.options;
    const { inputChannels, outputChannels } = network.description;
    const samples = this.options.batch;
    return {
      image: { type: "float32", dims: [samples, inputChannels, ...patch], data: batch.image },
      target: { type: "float32", dims: [samples, outputChannels, ...patch], data: batch.target },
      weight: { type: "float32", dims: [samples, outputChannels], data: batch.weight },
    };
  }

  private dropoutMask(layer: string, channels: number): Tensor {
    const { batch, seed, network } = this.options;
    const rate = network.description.dropout;
    const random = Random.stream(seed, "dropout", layer, this.updates);
    const data = Float32Array.from({ length: batch * channels }, () =>
      random.uniform() < rate ? 0 : 1 / (1 - rate),
    );
    return { type: "float32", dims: [batch, channels, 1, 1, 1], data };
  }
}

/**
 * Early on the mean keeps less, so that it soon forgets the weights that training started from
 * (`num_updates` of TensorFlow's ExponentialMovingAverage).
 */
const keptOfMean = (averaging: number, step: number): number => Math.min(averaging, (1 + step) / (10 + step));
