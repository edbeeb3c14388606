/** From a network of other software and images that it is meant for to a guarded bundle. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import {
  type BundleParts,
  type Card,
  guardEvidence,
  inspectPrepared,
  openBundle,
  openModel,
  packBundle,
  prepareForBundle,
  temperatureDoubt,
} from "../bundle/index.js";
import { TemperatureFitter } from "../calibration/index.js";
import { type CaseFiles, loadImage, type PreparedCase, readPreparedCase } from "../dataset/index.js";
import { cardMetrics, type Evaluation, evaluateBundle } from "../evaluation/index.js";
import type { Engine, Session } from "../graph/index.js";
import { layoutOf, maskSelection } from "../labels/index.js";
import { type CaseEvidence, fitGuard } from "../ood/index.js";
import { fieldOfViewRange } from "../preparation/index.js";
import { refuseUnfitGuard } from "../run/guard-policy.js";
import { addEvidence, calibrationOf } from "../run/temperature-evidence.js";
import type { Grid } from "../volume/index.js";
import type { NetworkFile } from "./network-file.js";
import type { AdoptedNetwork } from "./open-network.js";
import { preparedReferences } from "./prepared-references.js";

export interface AdoptionOptions {
  /** What the network is shown: in-distribution images, with labels or without. */
  readonly cases: readonly CaseFiles[];
  /** Promised rate of false alarms. */
  readonly alpha: number;
  /** That the rate of this one guard is at most that; absent: the promise is about the average. */
  readonly confidence?: number;
  readonly form: "paper" | "per-voxel";
}

export interface AdoptedBundle {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Where the images had labels. */
  readonly evaluation?: Evaluation;
  readonly warnings: readonly string[];
}

/**
 * The images draw the threshold, each left out of the guard that measures it. With labels they also draw the temperature
 * and are what accuracy and calibration are measured on, so those figures flatter the temperature a little; the accuracy
 * is the network's own.
 *
 * @throws UserError where the images are too few for the promise, or cannot be used
 */
export async function adoptNetwork(
  network: AdoptedNetwork,
  file: NetworkFile,
  options: AdoptionOptions,
  { engine, hooks }: { readonly engine: Engine; readonly hooks: WorkHooks },
): Promise<AdoptedBundle> {
  const { cases, alpha, confidence } = options;
  const dataset = file.name;
  const training = cases.map(({ id, subject }) => ({ dataset, id, subject }));
  refuseUnfitGuard({ training, validation: [] }, { alpha, confidence, field: "--alpha" });
  const session = await openModel(engine, network.model);
  const cacheFolder = await mkdtemp(join(tmpdir(), "sureseg-adoption-"));
  try {
    const labelled = cases.every(({ label }) => label !== undefined);
    // Files of regions hold the values that masks have; of other classes what the network file says.
    const organs = network.labels.labelMode === "regions" ? maskSelection(network.labels) : file.organs;
    const items = labelled
      ? await preparedReferences({ ...file, organs }, cases, { cacheFolder, hooks })
      : undefined;
    const seen = await lookAtImages(network, file, items ?? cases, { session, hooks });
    const guard = fitGuard(seen.evidence, {
      layers: network.layers.map(({ name }) => name),
      form: options.form,
      threshold: { rule: "conformal", alpha, ...(confidence !== undefined && { confidence }) },
    });
    const calibration = calibrationOf(seen.temperature, items?.length ?? 0);
    const parts: BundleParts = {
      ...network,
      labels: { ...network.labels, fieldOfView: [fieldOfViewRange(dataset, seen.grids)] },
      calibration,
      guard,
      card: cardOf(file, cases),
    };
    const doubt = temperatureDoubt(calibration);
    const warnings = doubt === undefined ? [] : [doubt];
    if (items === undefined) return { files: await packBundle(parts), warnings };
    const bundle = await openBundle(await packBundle(parts));
    const evaluation = await evaluateBundle(
      { bundle, session },
      items,
      { organs: { [dataset]: organs } },
      hooks,
    );
    const card = { ...parts.card, metrics: metricsOf(evaluation) };
    return { files: await packBundle({ ...parts, card }), evaluation, warnings };
  } finally {
    await session.release();
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

interface Seen {
  readonly evidence: CaseEvidence[];
  readonly grids: Grid[];
  readonly temperature: TemperatureFitter;
}

/** Shows the network every image, one at a time. */
async function lookAtImages(
  network: AdoptedNetwork,
  file: NetworkFile,
  cases: readonly (CaseFiles | PreparedCase)[],
  { session, hooks }: { readonly session: Session; readonly hooks: WorkHooks },
): Promise<Seen> {
  const layers = network.layers.map(({ name }) => name);
  const layout = layoutOf(network.labels);
  const seen: Seen = { evidence: [], grids: [], temperature: new TemperatureFitter() };
  hooks.stage("showing the network its images", cases.length, "images");
  for (const [index, item] of cases.entries()) {
    hooks.signal?.throwIfAborted();
    const { image, grid, target } = await shown(network, file, item);
    const inspected = await inspectPrepared(session, image, network, { layers, signal: hooks.signal });
    const { id, subject } = item;
    const looked = guardEvidence(image, inspected, network.labels);
    seen.evidence.push({ dataset: file.name, id, subject, ...looked });
    seen.grids.push(grid);
    if (target !== undefined && "organs" in item) {
      addEvidence(seen.temperature, inspected.probabilities, { ...item, target }, layout);
    }
    hooks.progress(index + 1);
  }
  return seen;
}

async function shown(network: AdoptedNetwork, { modalities }: NetworkFile, item: CaseFiles | PreparedCase) {
  if ("entry" in item) {
    const { image, target } = await readPreparedCase(item);
    return { image, target, grid: item.placement.original };
  }
  const name = item.images[0] as string;
  const volume = await loadImage({ ...item, modalities }, modalities.length);
  const { image } = prepareForBundle(network, { volume, modalities, name });
  return { image, grid: volume, target: undefined };
}

function cardOf(file: NetworkFile, cases: readonly CaseFiles[]): Card {
  return {
    name: file.name,
    version: "1",
    ...file.card,
    limitations:
      "The guard knows the images that it was fitted on and no others. Masks of images that it calls foreign are not to be relied on, and a trusted image may still be segmented wrongly.",
    data: Object.keys(file.organs).map((organ) => ({
      dataset: file.name,
      organ,
      modality: [...new Set(file.modalities)].join(", "),
      images: cases.length,
      licence: "not stated",
    })),
    metrics: [],
    training: [{ name: "trained by", value: "other software" }],
  };
}

/** Accuracy on the images that the guard was fitted on: what the guard says of them, and the temperature fitted on them, tells nothing. */
const metricsOf = (evaluation: Evaluation): Card["metrics"] =>
  cardMetrics(evaluation).filter(({ metric }) => /^(Dice|HD95|ASSD)/.test(metric));
