/** plan.json: what a run is, decided once before its training. Everything after it goes by the plan. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { caseKey, groupBy, parseJson, UserError } from "../base/index.js";
import { MAXIMUM_NETWORKS } from "../bundle/index.js";
import { type PreparedCase, type Split, splitParts, writeFileAtomically } from "../dataset/index.js";
import { type PreparedRun, runFiles } from "./prepare-run.js";
import { resolutionPlanSchema } from "./resolution-plan.js";

const FORMAT = "sureseg-plan";
const VERSION = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().min(1).max(500);

const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

const planSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** Of everything that could change the result of the training. */
  fingerprint: hash,
  /** Of an ensemble: how many trainings there are, each with a plan in a folder of its own. */
  folds: z.int().min(2).max(MAXIMUM_NETWORKS).optional(),
  /** Channels of the images, and of the network's output. */
  channels: z.strictObject({ input: z.array(name).min(1), output: z.array(name).min(1) }),
  datasets: z
    .array(
      z.strictObject({
        name,
        /** For each organ the label values that make it up. */
        organs: z.record(name, z.array(z.int())),
        cases: z.array(
          z.strictObject({
            id: name,
            subject: name,
            part: z.enum(splitParts),
            /** SHA-256 of the image's and the label's bytes. */
            filesHash: hash,
            /** Voxels of the prepared image along its axes. */
            preparedShape: z.tuple([z.int(), z.int(), z.int()]),
            /** Dice coefficient of the reference with itself after the prepared grid and back, all organs as one. */
            ceiling: z.number().min(0).max(1).optional(),
          }),
        ),
      }),
    )
    .min(1),
  network: z.strictObject({
    architecture: name,
    parameters: z.int(),
    /** Names of the layers that a guard can look at. */
    layers: z.array(name),
  }),
  /** Where spacing or patch were left to the plan. */
  resolution: resolutionPlanSchema.optional(),
  training: z.strictObject({
    patch: z.tuple([z.int(), z.int(), z.int()]),
    batch: z.int(),
    updates: z.int(),
  }),
});

export type Plan = z.output<typeof planSchema>;
export type PlannedDataset = Plan["datasets"][number];

export function planOf(run: PreparedRun): Plan {
  const { configuration, network, cases, split, organs } = run;
  const parts = new Map(splitParts.flatMap((part) => split[part].map((key) => [key, part] as const)));
  const planned = (item: PreparedCase): PlannedDataset["cases"][number] => ({
    id: item.id,
    subject: item.subject,
    part: parts.get(caseKey(item))!,
    filesHash: item.filesHash,
    preparedShape: [...item.grid.shape],
    ceiling: item.ceiling.together,
  });
  return {
    format: FORMAT,
    version: VERSION,
    fingerprint: run.fingerprint,
    ...(run.folds && { folds: run.folds.length }),
    channels: { input: [...run.labels.inputChannels], output: [...run.layout.channels] },
    datasets: [...groupBy(cases, ({ dataset }) => dataset)].map(([dataset, own]) => ({
      name: dataset,
      organs: mutable(organs[dataset]!),
      cases: own.map(planned),
    })),
    network: {
      architecture: network.description.architecture,
      parameters: network.layout.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0),
      layers: network.layers.map((layer) => layer.name),
    },
    resolution: run.resolution,
    training: { patch: configuration.patch, batch: configuration.batch, updates: configuration.updates },
  };
}

const mutable = (organs: Readonly<Record<string, readonly number[]>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(organs).map(([organ, values]) => [organ, [...values]]));

export const writePlan = (run: PreparedRun): Promise<void> =>
  writeFileAtomically(
    join(run.configuration.output, runFiles.plan),
    `${JSON.stringify(planSchema.parse(planOf(run)), null, 1)}\n`,
  );

/** @throws UserError where the folder has no plan, a damaged one, or one of another version */
export async function readPlan(folder: string): Promise<Plan> {
  const path = join(folder, runFiles.plan);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError({
      subject: path,
      found: `no readable file (${cause.code})`,
      expected: "the plan of a run",
      advice:
        "Give the folder that `sureseg train` wrote to, the `output` of its configuration; without --resume a run is started there.",
      cause,
    });
  });
  const stranger = parseJson(text, z.looseObject({}), path).format === undefined;
  const version = stranger ? "0" : parseJson(text, header, path).version;
  if (version !== VERSION) {
    throw new UserError({
      subject: path,
      found: stranger ? "a plan of an earlier version, without hashes of the data" : `version ${version}`,
      expected: `version ${VERSION}`,
      advice:
        "Train again into another folder, or use the version of sureseg that wrote it; its bundle can be used.",
    });
  }
  return parseJson(text, planSchema, path);
}

/** The split that a plan holds, in its order of cases. */
export function splitOf(plan: Plan): Split {
  const split: Split = { train: [], validation: [], test: [] };
  for (const { name: dataset, cases } of plan.datasets) {
    for (const { id, part } of cases) split[part].push(caseKey({ dataset, id }));
  }
  return split;
}
