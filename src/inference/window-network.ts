/** A network that is shown windows of one image, one at a time: the values of its output, and what its layers saw. */
import { UserError } from "../base/index.js";
import type { Session, Tensor } from "../graph/engine.js";
import { gramOutputs, INTERIOR_INPUT } from "../graph/model/gram-outputs.js";
import { type Box, type Shape, type Volume, voxelCount } from "../volume/index.js";
import { activations } from "./activation.js";
import { flipsAlongImage } from "./flip.js";
import { cutWindow } from "./padding.js";
import type { PredictOptions, WindowGram } from "./predict-options.js";
import { addMirroredCopies, type CopiedNetwork } from "./window-copies.js";
import { insideWindow, interiorOfLayer, type Window, type WindowPlan, type Windows } from "./window-plan.js";

/** The image, and how it is looked at. */
export interface WindowTask {
  readonly image: Volume<Float32Array>;
  readonly windows: Windows;
  readonly plan: WindowPlan;
  readonly options: PredictOptions;
}

/** What came of one window; its memory is used again for the network's next one. */
export interface LookedWindow {
  readonly window: Window;
  /** Of all output channels, in the form that is averaged: probabilities, or logits where the plan says so. */
  readonly values: Float32Array;
  /** Of layers whose Gram matrices the model gives; none of a window of padding only. */
  readonly grams: readonly { readonly layer: string; readonly statistics: WindowGram }[];
  /** Of the other layers, those with voxels that count. */
  readonly features: readonly { readonly layer: string; readonly map: Tensor; readonly interior: Box }[];
}

export class WindowNetwork {
  private readonly names: ModelNames;
  private readonly input: Float32Array;
  private readonly feeds: Record<string, Tensor>;
  private readonly counted = new BigInt64Array(6);
  private readonly copied: CopiedNetwork;
  private memory: Record<string, Tensor> = {};

  /** @throws UserError where the model lacks a layer that is wanted */
  constructor(
    private readonly session: Session,
    private readonly task: WindowTask,
  ) {
    const { image, windows, plan, options } = task;
    this.names = modelNames(session, options.layers ?? []);
    this.input = new Float32Array(image.channels * voxelCount(windows.size));
    const [si, sj, sk] = windows.size;
    this.feeds = {
      ...options.feeds,
      [this.names.image]: { type: "float32", dims: [1, image.channels, sk, sj, si], data: this.input },
    };
    if (session.inputNames.includes(INTERIOR_INPUT)) {
      this.feeds[INTERIOR_INPUT] = { type: "int64", dims: [6], data: this.counted };
    }
    const { outputChannels, activation = "sigmoid" } = options;
    this.copied = {
      ...this.names,
      session,
      flips: flipsAlongImage(plan.mirroring ?? []),
      valuesOf: (output) => {
        const values = logitsOf(output, outputChannels, windows.size);
        if (plan.blending !== "logits") activations[activation](values, outputChannels);
        return values;
      },
    };
  }

  /** @throws UserError where plan and model do not fit each other */
  async look(window: Window): Promise<LookedWindow> {
    const { image, windows, plan } = this.task;
    const { padding = "reflect" } = plan;
    cutWindow(image, { origin: window.origin, size: windows.size, padding }, this.input);
    const inside = insideWindow(window, image.shape);
    this.counted.set([...[...inside.low].reverse(), ...[...inside.high].reverse()].map(BigInt));
    const grams = isEmpty(inside) ? [] : this.names.grams;
    const wanted = [
      this.names.logits,
      ...this.names.features.map(({ output }) => output),
      ...grams.flatMap(({ gram, sums, sizes }) => [gram, sums, sizes]),
    ];
    this.memory = await this.session.run(this.feeds, wanted, this.memory);
    const values = this.copied.valuesOf(this.memory[this.names.logits]!);
    await addMirroredCopies(this.copied, values, this.feeds);
    return {
      window,
      values,
      grams: grams.map((names) => ({ layer: names.layer, statistics: this.statisticsOf(window, names) })),
      features: this.names.features.flatMap(({ layer, output }) => {
        const map = this.memory[output]!;
        const interior = this.interior(window, layer, map.dims);
        return isEmpty(interior) ? [] : [{ layer, map, interior }];
      }),
    };
  }

  private statisticsOf(window: Window, { layer, gram, sums, sizes }: GramNames): WindowGram {
    const dims = Array.from(this.memory[sizes]!.data, Number);
    return {
      gram: this.memory[gram]!.data as Float64Array,
      columnSums: this.memory[sums]!.data as Float64Array,
      rows: voxelsIn(this.interior(window, layer, dims)),
    };
  }

  private interior(window: Window, layer: string, dims: readonly number[]): Box {
    const { image, windows, plan } = this.task;
    return interiorOfLayer(window, image.shape, layerStride(layer, dims, windows.size, plan.multipleOf));
  }
}

function logitsOf(tensor: Tensor, channels: number, [si, sj, sk]: Shape): Float32Array {
  const dims = [1, channels, sk, sj, si];
  if (tensor.type !== "float32" || tensor.dims.join() !== dims.join()) {
    throw new UserError({
      subject: "the model's output",
      found: `${tensor.type} [${tensor.dims.join(", ")}]`,
      expected: `float32 [${dims.join(", ")}]`,
      advice: "The model's channels and its labels must be of one bundle; the window must suit the model.",
    });
  }
  return tensor.data as Float32Array;
}

function layerStride(layer: string, dims: readonly number[], [si, sj, sk]: Shape, multipleOf: Shape): Shape {
  const [, , d, h, w] = dims as [number, number, number, number, number];
  const stride: Shape = [si / w, sj / h, sk / d];
  const aligned = stride.every(
    (length, axis) => Number.isInteger(length) && (multipleOf[axis] as number) % length === 0,
  );
  if (dims.length !== 5 || dims[0] !== 1 || !aligned) {
    throw new UserError({
      subject: `layer ${layer}`,
      found: `features [${dims.join(", ")}] for a window of [${sk}, ${sj}, ${si}]`,
      expected: `[1, C, D, H, W] on a grid whose stride divides ${multipleOf.join(" x ")} along i, j, k`,
      advice:
        "Give the network's stride as `multipleOf`, and choose layers that are feature maps of the window.",
    });
  }
  return stride;
}

const isEmpty = ({ low, high }: Box): boolean => low.some((start, axis) => start >= high[axis]!);

const voxelsIn = ({ low, high }: Box): number =>
  low.reduce((product, start, axis) => product * (high[axis]! - start), 1);

type GramNames = { readonly layer: string } & ReturnType<typeof gramOutputs>;

interface ModelNames {
  readonly image: string;
  readonly logits: string;
  readonly features: readonly { layer: string; output: string }[];
  readonly grams: readonly GramNames[];
}

/** Names of the model's input and outputs; a model from elsewhere calls its first ones what it likes. */
function modelNames({ inputNames, outputNames }: Session, layers: readonly string[]): ModelNames {
  const either = (name: string, names: readonly string[]): string =>
    names.includes(name) ? name : (names[0] as string);
  const counts = (layer: string): boolean => outputNames.includes(gramOutputs(layer).gram);
  const grams = layers.filter(counts).map((layer) => ({ layer, ...gramOutputs(layer) }));
  const others = layers.filter((layer) => !counts(layer));
  const features = others.map((layer) => {
    const output = [`features/${layer}`, layer].find((name) => outputNames.includes(name));
    if (output === undefined) {
      throw new UserError({
        subject: "the model",
        found: `outputs ${outputNames.join(", ")}`,
        expected: `features of the layer ${layer}`,
        advice: "The guard was fitted on another model, or the model was exported without its layers.",
      });
    }
    return { layer, output };
  });
  return { image: either("image", inputNames), logits: either("logits", outputNames), features, grams };
}
