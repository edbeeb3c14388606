/** `sureseg guard import-plans` and `import-bundle`: the network file from what other software wrote. */
import { stringify } from "yaml";
import type { z } from "zod";
import {
  datasetJsonSchema,
  inferenceSchema,
  metadataSchema,
  type NetworkFileInput,
  networkFileOfBundle,
  networkFileOfPlans,
  networkFileSchema,
  plansSchema,
} from "../../adoption/index.js";
import { parseJson, UserError } from "../../base/index.js";
import { readFileBytes, writeFileAtomically } from "../../dataset/index.js";
import type { Modality } from "../../volume/index.js";
import { exitStatus } from "../exit-status.js";

interface Target {
  /** Where the network file goes. */
  readonly out: string;
}

export interface ImportPlansOptions extends Target {
  readonly plans: string;
  readonly dataset: string;
  readonly configuration: string;
  readonly mirroring?: readonly number[];
}

export interface ImportBundleOptions extends Target {
  readonly inference: string;
  readonly metadata?: string;
  readonly modality?: readonly Modality[];
  readonly regions?: readonly string[];
}

export async function importPlans({
  plans,
  dataset,
  configuration,
  mirroring,
  out,
}: ImportPlansOptions): Promise<number> {
  const source = {
    plans: await readJson(plans, plansSchema),
    dataset: await readJson(dataset, datasetJsonSchema),
    configuration,
    mirroring,
    names: { plans, dataset },
  };
  return write(networkFileOfPlans(source), out);
}

export async function importBundle({
  inference,
  metadata,
  modality,
  regions,
  out,
}: ImportBundleOptions): Promise<number> {
  const source = {
    inference: await readJson(inference, inferenceSchema),
    metadata: metadata === undefined ? undefined : await readJson(metadata, metadataSchema),
    modalities: modality,
    regions: regions?.map(regionOf),
    name: inference,
  };
  return write(networkFileOfBundle(source), out);
}

/** `NAME=VALUES`, label values separated by commas. */
function regionOf(text: string): [string, number[]] {
  const [, name, list] = /^(.+)=([\d,]+)$/.exec(text) ?? [];
  const values = (list ?? "").split(",").map(Number);
  if (name !== undefined && values.every((value) => value >= 1 && value <= 255)) return [name, values];
  throw new UserError({
    subject: "--regions",
    found: text.slice(0, 80),
    expected: "NAME=VALUES with label values from 1 to 255",
    advice: 'For example --regions "whole tumour=1,2,3" "tumour core=2,3" "enhancing tumour=3".',
  });
}

/** Most bytes of a configuration. */
const MOST_BYTES = 2 ** 26;

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  const bytes = await readFileBytes(path, { expected: "a JSON file", most: MOST_BYTES });
  return parseJson(new TextDecoder().decode(bytes), schema, path);
}

async function write(file: NetworkFileInput, out: string): Promise<number> {
  const checked = networkFileSchema.safeParse(file);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const [, found, expected] = /^found (.+), expected (.+)$/s.exec(issue!.message) ?? [];
    throw new UserError({
      subject: issue!.path.join("."),
      found: found ?? issue!.message,
      expected: expected ?? "what a network file can say",
      advice: "Write the network file by hand (docs/any-model.md).",
    });
  }
  await writeFileAtomically(out, stringify(JSON.parse(JSON.stringify(file))));
  process.stdout.write(`${out}\n`);
  return exitStatus.trusted;
}
