/** From the best weights of a run to its bundle: temperature, guard and model card. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import { type Card, inspectPrepared, packBundle } from "../bundle/index.js";
import { fitTemperature, type LogitBatch, logitsOf } from "../calibration/index.js";
import { type PreparedCase, writeFileAtomically } from "../dataset/index.js";
import type { Engine, Session } from "../graph/index.js";
import { channelTargets } from "../labels/index.js";
import { exportNetwork } from "../network/index.js";
import { type CaseEvidence, fitGuard } from "../ood/index.js";
import { loadCheckpoint } from "../training/checkpoint.js";
import { bestCheckpoint } from "../training/loop.js";
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
  const seen = await lookAt(run, session, training, layers, hooks, 0);
  const heldOut = await lookAt(run, session, validation, layers, hooks, training.length);
  await session.release();
  const guard = fitGuard(seen.evidence, {
    layers,
    form: configuration.guard.form,
    leaveOut: "subject",
    threshold: { rule: "conformal", alpha: configuration.guard.alpha },
    heldOut: validation.length > 0 ? heldOut.evidence : undefined,
  });
  const fit = validation.length > 0 ? fitTemperature(heldOut.logits) : undefined;
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
    data: Object.keys(run.modalityOf).flatMap((dataset, index) => {
      const own = training.filter((item) => item.dataset === dataset);
      const { organs } = configuration.datasets[index]!;
      return Object.keys(organs).map((organ) => ({
        dataset,
        organ,
        modality: run.modalityOf[dataset]!,
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

async function lookAt(
  run: PreparedRun,
  session: Session,
  cases: readonly PreparedCase[],
  layers: readonly string[],
  hooks: WorkHooks,
  before: number,
): Promise<{ evidence: CaseEvidence[]; logits: LogitBatch[] }> {
  const evidence: CaseEvidence[] = [];
  const logits: LogitBatch[] = [];
  for (const item of cases) {
    const inspected = await inspectPrepared(session, item.image, run, { layers, signal: hooks.signal });
    evidence.push({
      dataset: item.dataset,
      id: item.id,
      subject: item.subject,
      layers: inspected.layers,
    });
    for (const { channel, labels } of channelTargets(item, run.layout)) {
      const voxels = labels.length;
      logits.push({
        logits: logitsOf(inspected.probabilities.data.subarray(channel * voxels, (channel + 1) * voxels)),
        reference: labels,
        weight: 1,
      });
    }
    hooks.progress(before + evidence.length);
  }
  return { evidence, logits };
}
