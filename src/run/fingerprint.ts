/** What identifies a training: a hash of everything that could change its result, and of nothing else. */

import { createHash } from "node:crypto";
import { type CaseName, caseKey } from "../base/index.js";
import type { Split } from "../dataset/index.js";
import type { OrganMap } from "../labels/index.js";
import type { Configuration } from "./configuration.js";

/** Changes whenever the same inputs would be trained differently. */
const TRAINING_VERSION = 1;

/**
 * What every field of the configuration means to a training. A field that is not named here fails a test.
 *
 * - `training`: its value, with all fields below it, is part of the fingerprint.
 * - `applied`: what came of it is: the cases with their bytes and subjects, the organs, the split.
 * - `nothing`: the weights are the same whatever it says.
 */
export const fieldRoles: Readonly<Record<string, "training" | "applied" | "nothing">> = {
  name: "nothing",
  output: "nothing",
  seed: "training",
  "datasets.folder": "applied",
  "datasets.name": "applied",
  "datasets.layout": "applied",
  "datasets.modality": "applied",
  "datasets.organs": "applied",
  "datasets.subjects": "applied",
  "datasets.licence": "nothing",
  labelMode: "training",
  "split.test": "applied",
  "split.validation": "applied",
  "split.seed": "applied",
  "split.folds": "applied",
  "split.fold": "applied",
  preparation: "training",
  network: "training",
  patch: "training",
  "budget.patchVoxels": "applied",
  batch: "training",
  loss: "training",
  optimiser: "training",
  schedule: "training",
  updates: "training",
  validateEvery: "training",
  earlyStopping: "training",
  sampling: "training",
  augmentation: "training",
  workers: "nothing",
  threads: "nothing",
  "calibration.temperature": "nothing",
  "guard.layers": "nothing",
  "guard.form": "nothing",
  "guard.alpha": "nothing",
  "card.intendedUse": "nothing",
  "card.licence": "nothing",
};

/** A case as a training sees it. */
export interface FingerprintCase extends CaseName {
  readonly subject: string;
  /** Hash of its prepared voxels, or of all that they depend on. */
  readonly entryHash: string;
}

export interface FingerprintInputs {
  readonly configuration: Configuration;
  /** Of every dataset, in the order of training. */
  readonly organs: OrganMap;
  /** In the order of training. */
  readonly cases: readonly FingerprintCase[];
  readonly split: Split;
}

/** The settings that change what is trained, by name. */
export function trainingSettings(configuration: Configuration): Record<string, unknown> {
  const fields = Object.keys(fieldRoles).filter((field) => fieldRoles[field] === "training");
  return Object.fromEntries(fields.map((field) => [field, configuration[field as keyof Configuration]]));
}

/** SHA-256, lower-case hexadecimal. */
export function fingerprintOf({ configuration, organs, cases, split }: FingerprintInputs): string {
  const datasets = Object.entries(organs).map(([name, selection]) => [name, Object.entries(selection)]);
  const known = cases.map((item) => [caseKey(item), item.subject, item.entryHash]);
  const parts = [split.train, split.validation, split.test];
  const inputs = [TRAINING_VERSION, sorted(trainingSettings(configuration)), datasets, known, parts];
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

/** With the fields of every object in alphabetical order: a schema may list them in another one some day. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]));
}

/**
 * The settings in which two configurations would train differently, or divide the cases differently, as
 * `optimiser.learningRate 0.01 instead of 0.001`. The data are compared elsewhere, byte for byte.
 */
export function changedSettings(now: Configuration, before: Configuration): string[] {
  const settings = (one: Configuration) =>
    flat({ ...trainingSettings(one), split: one.split, budget: one.budget });
  const [ours, theirs] = [settings(now), settings(before)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return names
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${name} ${ours.get(name) ?? "absent"} instead of ${theirs.get(name) ?? "absent"}`);
}

function flat(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map(value === undefined ? [] : [[path, JSON.stringify(value)]]);
  }
  const below = Object.entries(value).flatMap(([key, field]) => [
    ...flat(field, path === "" ? key : `${path}.${key}`),
  ]);
  return new Map(below);
}
