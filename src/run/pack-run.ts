/** From the best weights of a run to its bundle: temperature, guard and model card. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import { type Card, inspectPrepared, packBundle } from "../bundle/index.js";
import { logitsOf, TemperatureFitter } from "../calibration/index.js";
import { type PreparedCase, readPreparedCase, writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { channelTargets } from "../labels/index.js";
import { exportNetwork } from "../network/index.js";
import { type CaseEvidence, fitGuard } from "../ood/index.js";
import { loadCheckpoint } from "../training/checkpoint.js";
import { bestCheckpoint } from "../training/loop.js";
import { channelOf, modalityText } from "../volume/index.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";

/** Fits temperature and guard with the best weights and writes the bundle. */
export async function packRun(run: PreparedRun, engine: Engine, hooks: WorkHooks): Promise<void> {
  const { configuration, network, layers } = run;
  const best = await loadCheckpoint(bestCheckpoint(configuration.output), network.layout);
  const bytes = exportNetwork(network, best.vectors.parameters as Float32Array, {
    metadata: { name: configuration.name, fingerprint: run.fingerprint },
  });
  const session = await engine.open(bytes, { threads: configuration.threads });
  const training = partOf(run, "train");
  const validation = partOf(run, "validation");
  hooks.stage("fitting temperature and guard", training.length + validation.length, "images");
  const temperature = new TemperatureFitter();
  const seen: CaseEvidence[] = [];
  const heldOut: CaseEvidence[] = [];
  for (const item of [...training, ...validation]) {
    const { image, target } = await readPreparedCase(item);
    const inspected = await inspectPrepared(session, image, run, { layers, signal: hooks.signal });
    const { dataset, id, subject } = item;
    const own = seen.length < training.length ? seen : heldOut;
    own.push({ dataset, id, subject, layers: inspected.layers });
    hooks.progress(seen.length + heldOut.length);
    if (own === seen) continue;
    // Every organ of every image counts the same.
    for (const { channel, labels } of channelTargets({ ...item, target }, run.layout)) {
      const logits = logitsOf(channelOf(inspected.probabilities, channel));
      temperature.add({ logits, reference: labels, weight: 1 });
    }
  }
  await session.release();
  const guard = fitGuard(seen, {
    layers,
    form: configuration.guard.form,
    threshold: { rule: "conformal", alpha: configuration.guard.alpha },
    heldOut: validation.length > 0 ? heldOut : undefined,
  });
  const fit = validation.length > 0 ? temperature.fit() : undefined;
  const files = await packBundle({
    model: bytes,
    preparation: configuration.preparation,
    windows: run.windows,
    labels: run.labels,
    calibration: {
      temperature: fit?.temperature ?? 1,
      images: validation.length,
      nllBefore: fit?.nllBefore,
      nllAfter: fit?.nllAfter,
    },
    guard,
    card: cardOf(run, training),
  });
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomically(join(configuration.output, runFiles.bundle, name), content);
  }
}

function cardOf(run: PreparedRun, training: readonly PreparedCase[]): Card {
  const { configuration } = run;
  return {
    name: configuration.name,
    version: run.fingerprint.slice(0, 12),
    summary: `One 3-D network trained jointly on ${configuration.datasets.length} datasets, without being told which is which.`,
    intendedUse: configuration.card.intendedUse,
    limitations:
      "Trained on few images of few sources. Masks of images that the guard calls foreign are not to be relied on, and a trusted image may still be segmented wrongly.",
    licence: configuration.card.licence,
    data: Object.entries(run.organs).flatMap(([dataset, organs]) => {
      const own = training.filter((item) => item.dataset === dataset);
      return Object.keys(organs).map((organ) => ({
        dataset,
        organ,
        modality: modalityText(run.modalitiesOf[dataset]!),
        images: own.length,
        subjects: new Set(own.map(({ subject }) => subject)).size,
        licence: run.licenceOf[dataset] ?? "not stated",
      }));
    }),
    metrics: [],
    training: [
      { name: "architecture", value: configuration.network.architecture },
      { name: "updates", value: configuration.updates },
      { name: "label mode", value: configuration.labelMode },
      { name: "seed", value: configuration.seed },
    ],
  };
}
