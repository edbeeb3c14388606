/** Reads the fixtures that the oracle scripts write: NAME.json, an index, and NAME.bin, float64 little endian. */

import { readFileSync } from "node:fs";

export interface FixtureTensor {
  readonly dims: number[];
  readonly data: Float64Array;
}

/** `Index` is what the script says the .json holds besides its tensors. */
export interface Fixture<Index> {
  readonly index: Index;
  /** Names of the tensors in the .bin file. */
  readonly names: readonly string[];
  /** A tensor of the .bin file, in memory of its own. Throws when there is none of this name. */
  tensor(name: string): FixtureTensor;
}

interface BinaryIndex {
  readonly binary?: string;
  readonly tensors?: Readonly<Record<string, { dims: number[]; offset: number }>>;
}

/** Opens a fixture by name, such as "unet-gradients". */
export function loadFixture<Index>(name: string): Fixture<Index> {
  const folder = new URL("fixtures/", import.meta.url);
  const index = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Index & BinaryIndex;
  const bytes = index.binary ? readFileSync(new URL(index.binary, folder)) : new Uint8Array();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = index.tensors ?? {};
  return {
    index,
    names: Object.keys(tensors),
    tensor(tensorName) {
      const found = tensors[tensorName];
      if (!found) throw new Error(`fixture "${name}" has no tensor "${tensorName}"`);
      const length = found.dims.reduce((product, dim) => product * dim, 1);
      const data = Float64Array.from({ length }, (_, place) =>
        view.getFloat64((found.offset + place) * 8, true),
      );
      return { dims: [...found.dims], data };
    },
  };
}

type LossName = "dice" | "bce" | "diceBce" | "focal";

/** Index of the fixtures whose names start with "unet-gradients" (layout: test/oracle/unet_gradients.py). */
export interface NetworkIndex {
  readonly architecture: {
    /** [D, H, W] */
    readonly patch: [number, number, number];
    readonly base: number;
    readonly levels: number;
    readonly batch: number;
    readonly inputChannels: number;
    readonly outputChannels: number;
    readonly residual: boolean;
    readonly normEpsilon: number;
    readonly leakySlope: number;
    /** [D, H, W] for each step to the next level; absent where 2 everywhere. */
    readonly strides?: readonly [number, number, number][];
    /** [D, H, W] for each level; absent where 3 everywhere. */
    readonly kernels?: readonly [number, number, number][];
  };
  /** Names in the order of the forward pass; tensors "parameter/NAME" and "gradient/LOSS/NAME". */
  readonly parameters: readonly string[];
  readonly losses: Readonly<Record<LossName, number>>;
}

/** Index of the fixture "losses". */
export interface LossesIndex {
  /** Factor on the foreground term of the loss `bceForeground`. */
  readonly foregroundWeight: number;
  readonly losses: Readonly<Record<LossName | "bceForeground" | "diceBceCalibration", number>>;
}

/** The two parameter tensors of the optimiser fixture, flat. */
interface OptimiserNumbers {
  readonly weight: number[];
  readonly bias: number[];
}

/** Index of the fixture "optimisers", which has no .bin file. */
export interface OptimisersIndex {
  readonly parameters: Readonly<Record<keyof OptimiserNumbers, { dims: number[]; data: number[] }>>;
  readonly steps: readonly { learningRate: number; gradients: OptimiserNumbers; norm: number }[];
  readonly runs: readonly {
    optimiser: "adam" | "adamw" | "sgd";
    options: {
      weightDecay: number;
      beta1?: number;
      beta2?: number;
      epsilon?: number;
      momentum?: number;
    };
    /** Largest global norm, or null where gradients are not clipped. */
    clip: number | null;
    /** Parameters after each step. */
    after: readonly OptimiserNumbers[];
  }[];
}
