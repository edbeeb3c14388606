/**
 * One training step as one ONNX graph: forward, loss, gradients, clipping and optimiser update, run in one call.
 *
 * Parameters and the optimiser's vectors travel as inputs and outputs; each has two buffers that take turns, so that
 * a step that fails or gives no finite loss leaves the last good state untouched.
 */
import { Random } from "../base/index.js";
import {
  concatenate,
  type Engine,
  encode,
  Graph,
  gradients,
  greater,
  multiply,
  reshape,
  type Session,
  sum,
  type Tensor,
  type Value,
  where,
} from "../graph/index.js";
import {
  architectures,
  dropoutInput,
  FlatParameters,
  featureOutput,
  initialise,
  type Network,
  parameterCount,
} from "../network/index.js";
import { type ChannelLoss, weightedMean } from "./losses/index.js";
import { clipByNorm, type Optimiser } from "./optimisers/index.js";

export interface ProgramOptions {
  readonly network: Network;
  readonly loss: ChannelLoss;
  readonly optimiser: Optimiser;
  /** Largest Euclidean norm of the gradient; 0 switches clipping off. */
  readonly clipNorm: number;
  /** Samples a step. */
  readonly batch: number;
  /** Voxels of a patch as tensor axes [D, H, W] (k, j, i of a volume). */
  readonly patch: readonly [number, number, number];
  readonly seed: number;
  readonly engine: Engine;
  readonly threads?: number;
}

/** Tensors of one step: image [N, C, D, H, W], target [N, K, D, H, W] of 0 and 1, weight [N, K]. */
export interface ProgramBatch {
  readonly image: Float32Array;
  readonly target: Float32Array;
  readonly weight: Float32Array;
}

export interface Evaluation {
  readonly loss: number;
  /** For each sample and channel (N * K numbers), in voxels, at probability 0.5. */
  readonly intersection: Float32Array;
  readonly predicted: Float32Array;
  readonly reference: Float32Array;
}

/** A network in training: step it, evaluate it, look through it, save it. */
export class TrainProgram {
  private readonly vectors: Map<string, [Tensor, Tensor]>;
  private side = 0;
  private updates = 0;

  private constructor(
    private readonly options: ProgramOptions,
    private readonly stepSession: Session,
    private evaluationSession: Session | undefined,
    private predictionSession: Session | undefined,
  ) {
    const count = parameterCount(options.network.layout);
    const zeros = (): Tensor => ({ type: "float32", dims: [count], data: new Float32Array(count) });
    this.vectors = new Map(
      ["parameters", ...options.optimiser.states].map((name) => [name, [zeros(), zeros()]]),
    );
    const start = initialise(options.network, Random.stream(options.seed, "parameters"));
    (this.vector("parameters").data as Float32Array).set(start);
  }

  static async create(options: ProgramOptions): Promise<TrainProgram> {
    const step = await options.engine.open(stepModel(options), { threads: options.threads });
    return new TrainProgram(options, step, undefined, undefined);
  }

  /** Updates done so far. */
  get step(): number {
    return this.updates;
  }

  /**
   * One update. When the loss or the gradient is not finite, nothing changes and the numbers say so.
   * The dropout masks come from the seed and the number of the step alone.
   */
  async update(batch: ProgramBatch, learningRate: number): Promise<{ loss: number; gradientNorm: number }> {
    const { network, optimiser } = this.options;
    const feeds: Record<string, Tensor> = {
      ...this.batchFeeds(batch),
      learningRate: { type: "float32", dims: [1], data: Float32Array.of(learningRate) },
      scalars: { type: "float32", dims: [2], data: Float32Array.from(optimiser.scalars(this.updates + 1)) },
    };
    const into: Record<string, Tensor> = {};
    for (const [name, pair] of this.vectors) {
      feeds[name] = pair[this.side] as Tensor;
      into[`new/${name}`] = pair[1 - this.side] as Tensor;
    }
    for (const { layer, channels } of network.dropoutLayers) {
      feeds[dropoutInput(layer)] = this.dropoutMask(layer, channels);
    }
    const results = await this.stepSession.run(feeds, undefined, into);
    const loss = Number(results.loss?.data[0]);
    const gradientNorm = Number(results.gradientNorm?.data[0]);
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.side = 1 - this.side;
      this.updates++;
    }
    return { loss, gradientNorm };
  }

  /** Loss and overlap without dropout and without an update. */
  async evaluate(batch: ProgramBatch): Promise<Evaluation> {
    this.evaluationSession ??= await this.options.engine.open(evaluationModel(this.options), {
      threads: this.options.threads,
    });
    const results = await this.evaluationSession.run({
      ...this.batchFeeds(batch),
      parameters: this.vector("parameters"),
    });
    const counts = (name: string): Float32Array => results[name]?.data as Float32Array;
    return {
      loss: Number(results.loss?.data[0]),
      intersection: counts("intersection"),
      predicted: counts("predicted"),
      reference: counts("reference"),
    };
  }

  /** A session with the exported model's inputs and outputs that always uses the current parameters. */
  async predictor(): Promise<Session> {
    this.predictionSession ??= await this.options.engine.open(predictionModel(this.options.network), {
      threads: this.options.threads,
    });
    const session = this.predictionSession;
    return {
      inputNames: session.inputNames.filter((name) => name !== "parameters"),
      outputNames: session.outputNames,
      run: (feeds, outputs, into) =>
        session.run({ ...feeds, parameters: this.vector("parameters") }, outputs, into),
      // The program owns the session.
      release: async () => {},
    };
  }

  /** A copy of the parameters, in the order of the network's layout. */
  parameters(): Float32Array {
    return (this.vector("parameters").data as Float32Array).slice();
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

  async release(): Promise<void> {
    await this.stepSession.release();
    await this.evaluationSession?.release();
    await this.predictionSession?.release();
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

interface LossGraph {
  readonly graph: Graph;
  readonly flat: Value;
  readonly loss: Value;
  readonly logits: Value;
  readonly target: Value;
}

/** Every parameter is a source of its own, so that its gradient is not padded to the length of all of them. */
function lossGraph(
  options: ProgramOptions,
  source: (graph: Graph, flat: Value) => FlatParameters,
): LossGraph {
  const { network, loss, batch, patch } = options;
  const { architecture, inputChannels, outputChannels } = network.description;
  const graph = new Graph();
  const image = graph.input("image", [batch, inputChannels, ...patch]);
  const target = graph.input("target", [batch, outputChannels, ...patch]);
  const weight = graph.input("weight", [batch, outputChannels]);
  const flat = graph.input("parameters", [parameterCount(network.layout)]);
  const { logits } = architectures[architecture](image, source(graph, flat), network.description);
  return { graph, flat, loss: weightedMean(loss(logits, target), weight), logits, target };
}

function stepModel(options: ProgramOptions): Uint8Array {
  const { network, optimiser, clipNorm, batch } = options;
  let source: FlatParameters | undefined;
  const { graph, flat, loss } = lossGraph(options, (_, vector) => {
    source = new FlatParameters(vector, network.layout, network.dropoutLayers.length > 0 ? batch : undefined);
    return source;
  });
  const used = (source as unknown as FlatParameters).values;
  const pieces = gradients(loss, used).map((gradient) =>
    reshape(gradient, [gradient.dims.reduce<number>((count, size) => count * (size as number), 1)]),
  );
  const whole = concatenate(pieces as [Value, ...Value[]], 0);
  const { gradient, norm } = clipByNorm(whole, clipNorm);
  const states = optimiser.states.map((name) => graph.input(name, flat.dims));
  const update = optimiser.update({
    parameters: flat,
    gradient,
    states,
    learningRate: graph.input("learningRate", [1]),
    scalars: graph.input("scalars", [2]),
  });
  graph.output("loss", loss);
  graph.output("gradientNorm", norm);
  graph.output("new/parameters", update.parameters);
  optimiser.states.forEach((name, index) => {
    graph.output(`new/${name}`, update.states[index] as Value);
  });
  return encode(graph, { name: "training-step" });
}

function evaluationModel(options: ProgramOptions): Uint8Array {
  const { graph, loss, logits, target } = lossGraph(
    options,
    (_, flat) => new FlatParameters(flat, options.network.layout),
  );
  const space = [2, 3, 4];
  const predicted = where(greater(logits, graph.scalar(0)), graph.scalar(1), graph.scalar(0));
  graph.output("loss", loss);
  graph.output("intersection", sum(multiply(predicted, target), space));
  graph.output("predicted", sum(predicted, space));
  graph.output("reference", sum(target, space));
  return encode(graph, { name: "evaluation" });
}

function predictionModel(network: Network): Uint8Array {
  const graph = new Graph();
  const image = graph.input("image", ["N", network.description.inputChannels, "D", "H", "W"]);
  const flat = graph.input("parameters", [parameterCount(network.layout)]);
  const source = new FlatParameters(flat, network.layout);
  const result = architectures[network.description.architecture](image, source, network.description);
  graph.output("logits", result.logits);
  for (const [layer, value] of result.layers) graph.output(featureOutput(layer), value);
  return encode(graph, { name: "prediction" });
}
