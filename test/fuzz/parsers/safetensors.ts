/** Weights as safetensors: the format itself, and checkpoints that must fit a network. */
import type { Random } from "../../../src/base/index.js";
import type { ParameterLayout } from "../../../src/network/index.js";
import { loadCheckpoint } from "../../../src/training/checkpoint.js";
import { decodeTensors, encodeTensors, type NamedTensor } from "../../../src/training/safetensors.js";
import { anyBytes, joined, pick } from "../mutations.js";
import { bytesOfNumber, numberField } from "../numbers.js";
import type { OpenParser } from "../parser.js";
import { changedText } from "./json-changes.js";
import { Scratch } from "./scratch.js";

const initial = { kind: "constant", value: 0 } as const;

const layout: ParameterLayout = [
  { name: "stem.weight", dims: [2, 1, 3], offset: 0, initial },
  { name: "stem.bias", dims: [2], offset: 6, initial },
];

const memory = {
  step: 12,
  schedule: { rate: 0.1 },
  bestLoss: 0.5,
  bestStep: 10,
  bestDice: { liver: 0.8 },
  validationsWithoutBetter: 1,
  lossSum: 3,
  lossCount: 4,
  loggedSum: 0,
  loggedCount: 0,
};

const tensor = (dims: readonly number[]): NamedTensor => ({
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, at) => at / 3),
});

const weights = new Map([
  ["stem.weight", tensor([2, 1, 3])],
  ["stem.bias", tensor([2])],
  ["optimiser/momentum", tensor([8])],
]);

const header = {
  __metadata__: { memory: JSON.stringify(memory), fingerprint: "0".repeat(64) },
  "optimiser/momentum": { dtype: "F32", shape: [8], data_offsets: [0, 32] },
  "stem.bias": { dtype: "F32", shape: [2], data_offsets: [32, 40] },
  "stem.weight": { dtype: "F32", shape: [2, 1, 3], data_offsets: [40, 64] },
};

/** A header that is JSON, of any length it says, before bytes enough or not. */
function grammar(random: Random): Uint8Array {
  const text = Buffer.from(changedText(random.uniform() < 0.8 ? header : { ...header, a: memory }, random));
  const said =
    random.uniform() < 0.9
      ? text.length
      : pick([0, 1, 100_000_001, 2 ** 53, text.length - 1, text.length + 8], random);
  return joined(
    bytesOfNumber(said, "int64", true),
    text,
    anyBytes(random.uniform() < 0.7 ? 64 : random.below(99), random),
  );
}

const common: Pick<OpenParser, "seeds" | "fields" | "grammar"> = {
  seeds: [
    encodeTensors(weights, { memory: JSON.stringify(memory), fingerprint: "0".repeat(64) }),
    encodeTensors(new Map([["a", tensor([0, 3])]])),
    encodeTensors(new Map()),
  ],
  fields: () => [numberField(0, "int64", true)],
  grammar,
};

export const openTensors = async (): Promise<OpenParser> => ({
  ...common,
  read: async (bytes) => decodeTensors(bytes, "weights.safetensors"),
});

export async function openCheckpoint(): Promise<OpenParser> {
  const scratch = new Scratch();
  return {
    ...common,
    read: async (bytes) => loadCheckpoint(scratch.write("last.safetensors", bytes), layout),
    close: async () => scratch.remove(),
  };
}
