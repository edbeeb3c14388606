/** Checkpoints: weights, optimiser vectors and the loop's memory in one safetensors file, written atomically. */

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { UserError } from "../base/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import type { ParameterLayout } from "../network/index.js";
import { decodeTensors, encodeTensors, type NamedTensor } from "./safetensors.js";

const memorySchema = z.strictObject({
  step: z.int().min(0),
  schedule: z.record(z.string(), z.number().nullable()),
  bestLoss: z.number().nullable(),
  /** Updates behind the best validation. */
  bestStep: z.int().min(0).default(0),
  /** Dice of the best validation, by dataset. */
  bestDice: z.record(z.string(), z.number()).default({}),
  validationsWithoutBetter: z.int().min(0),
  /** Training losses since the last validation. */
  lossSum: z.number(),
  lossCount: z.int().min(0),
  /** Training losses since the last entry of the log. */
  loggedSum: z.number().default(0),
  loggedCount: z.int().min(0).default(0),
});

/** What the loop must know to go on as if it had never stopped. */
export type LoopMemory = z.output<typeof memorySchema>;

export interface Checkpoint {
  readonly vectors: Readonly<Record<string, Float32Array>>;
  readonly memory: LoopMemory;
  /** Identifies the configuration and the data it was made with. */
  readonly fingerprint: string;
}

/** Every parameter is a tensor of its own name, so that other tools can read the weights; the other vectors are flat. */
export async function saveCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  layout: ParameterLayout,
): Promise<void> {
  const tensors = new Map<string, NamedTensor>();
  const { parameters, ...others } = checkpoint.vectors;
  for (const { name, dims, offset } of layout) {
    const size = dims.reduce((a, b) => a * b, 1);
    tensors.set(name, { dims, data: (parameters as Float32Array).subarray(offset, offset + size) });
  }
  for (const [name, data] of Object.entries(others))
    tensors.set(`optimiser/${name}`, { dims: [data.length], data });
  const metadata = { memory: JSON.stringify(checkpoint.memory), fingerprint: checkpoint.fingerprint };
  await writeFileAtomically(path, encodeTensors(tensors, metadata));
}

/** @throws UserError where the file is missing, damaged or of another network */
export async function loadCheckpoint(path: string, layout: ParameterLayout): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "no readable file",
      expected: "a checkpoint",
      advice: "Train without --resume first.",
      cause,
    });
  }
  const { tensors, metadata } = decodeTensors(bytes, path);
  const wrong = (found: string): UserError =>
    new UserError({
      subject: path,
      found,
      expected: "a checkpoint of this network",
      advice: "Resume with the configuration that the run was started with.",
    });
  const count = layout.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
  const parameters = new Float32Array(count);
  for (const { name, dims, offset } of layout) {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.dims.join() !== dims.join())
      throw wrong(`no tensor ${name} of sizes ${dims.join(" x ")}`);
    parameters.set(tensor.data, offset);
  }
  const vectors: Record<string, Float32Array> = { parameters };
  for (const [name, tensor] of tensors) {
    if (name.startsWith("optimiser/")) vectors[name.slice("optimiser/".length)] = tensor.data;
  }
  let memory: LoopMemory;
  try {
    memory = memorySchema.parse(JSON.parse(metadata.memory ?? ""));
  } catch {
    throw wrong("no record of the training's progress");
  }
  return { vectors, memory, fingerprint: metadata.fingerprint ?? "" };
}
