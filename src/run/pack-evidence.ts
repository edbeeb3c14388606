/**
 * What the networks of a run make of the images that their bundle is fitted to. Nearly all the time of packing goes into the windows
 * of these images (97 % of it inside the engine), so each image is predicted once: temperature, guard and card take what they
 * need from the same pass, and a bundle that is packed again with more images predicts those alone.
 */
import { caseKey, UserError, type WorkHooks } from "../base/index.js";
import { guardEvidence, inspectPrepared, openModel } from "../bundle/index.js";
import { lossCurve, TemperatureFitter } from "../calibration/index.js";
import { type PreparedCase, readPreparedCase } from "../dataset/index.js";
import type { Engine, Session } from "../graph/index.js";
import { withHalfWeights } from "../graph/model/index.js";
import { exportNetwork } from "../network/index.js";
import type { CaseEvidence } from "../ood/index.js";
import { loadCheckpoint } from "../training/checkpoint.js";
import { bestCheckpoint } from "../training/loop.js";
import { weightsOf } from "../training/train-program.js";
import type { PreparedRun } from "./prepare-run.js";
import { addEvidence } from "./temperature-evidence.js";

export type StoredPrecision = "single" | "half";

/** A training, and the images that its network is shown. */
export interface TrainingParts {
  readonly run: PreparedRun;
  readonly training: readonly PreparedCase[];
  /** They calibrate its network. Of an ensemble: the fold that was held out, which chose nothing. */
  readonly heldOut: readonly PreparedCase[];
}

/** An image that calibrates. */
export interface HeldOutEvidence {
  readonly evidence: CaseEvidence;
  /** Loss at every temperature: see `lossCurve`. */
  readonly losses: Float64Array;
}

/** What one network made of its images, in the order of its parts. */
export interface NetworkEvidence {
  readonly model: Uint8Array;
  readonly training: readonly CaseEvidence[];
  readonly heldOut: readonly HeldOutEvidence[];
}

export interface PackEvidence {
  /** Whose it is: of another run or of weights kept otherwise it says nothing. */
  readonly fingerprint: string;
  readonly weights: StoredPrecision;
  readonly networks: readonly NetworkEvidence[];
  /** Fed with the held-out images of every network. */
  readonly temperature: TemperatureFitter;
}

export interface EvidenceTask {
  readonly run: PreparedRun;
  readonly weights: StoredPrecision;
  readonly parts: readonly TrainingParts[];
  /** Gathered before, of the same training images and the first of the held-out ones; of anything else it is left alone. */
  readonly earlier?: PackEvidence;
}

/** Shows each network its images, one at a time. @throws UserError where there are no weights of this run */
export async function gatherEvidence(
  { run, weights, parts, earlier }: EvidenceTask,
  engine: Engine,
  hooks: WorkHooks,
): Promise<PackEvidence> {
  const temperature = new TemperatureFitter();
  const known = parts.map((part, at) => knownPart({ run, weights, earlier }, part, at));
  // Sums of several networks' images are taken together: of an ensemble all of it is known, or nothing.
  const reused = earlier !== undefined && known.every((one) => one !== undefined);
  if (reused) temperature.merge(earlier.temperature);
  const images = parts.reduce((sum, { training, heldOut }, at) => {
    const seen = reused ? training.length + known[at]!.heldOut.length : 0;
    return sum + training.length + heldOut.length - seen;
  }, 0);
  hooks.stage("fitting temperature and guard", images, "images");
  const work: LookWork = { temperature, weights, engine, hooks, done: 0 };
  const networks: NetworkEvidence[] = [];
  for (const [at, part] of parts.entries())
    networks.push(await lookThrough(work, part, reused ? known[at] : undefined));
  return { fingerprint: run.fingerprint, weights, networks, temperature };
}

function knownPart(
  { run, weights, earlier }: Pick<EvidenceTask, "run" | "weights" | "earlier">,
  { training, heldOut }: TrainingParts,
  at: number,
): NetworkEvidence | undefined {
  const network = earlier?.networks[at];
  if (network === undefined || earlier?.fingerprint !== run.fingerprint || earlier.weights !== weights)
    return undefined;
  const begins = (seen: readonly CaseEvidence[], items: readonly PreparedCase[]): boolean =>
    seen.length <= items.length &&
    seen.every((evidence, place) => caseKey(evidence) === caseKey(items[place]!));
  return network.training.length === training.length &&
    begins(network.training, training) &&
    begins(
      network.heldOut.map(({ evidence }) => evidence),
      heldOut,
    )
    ? network
    : undefined;
}

interface LookWork {
  /** Fed with the held-out images of every network. */
  readonly temperature: TemperatureFitter;
  readonly weights: StoredPrecision;
  readonly engine: Engine;
  readonly hooks: WorkHooks;
  /** Images seen. */
  done: number;
}

async function lookThrough(
  work: LookWork,
  { run, training, heldOut }: TrainingParts,
  known: NetworkEvidence | undefined,
): Promise<NetworkEvidence> {
  const model = known?.model ?? (await modelOf(run, work.weights));
  const session = await openModel(work.engine, model, { threads: run.configuration.threads });
  try {
    const references = [...(known?.training ?? [])];
    for (const item of training.slice(references.length))
      references.push((await lookAt(work, { run, session }, item)).evidence);
    const calibrating = [...(known?.heldOut ?? [])];
    for (const item of heldOut.slice(calibrating.length)) {
      const { evidence, probabilities, target } = await lookAt(work, { run, session }, item);
      const own = new TemperatureFitter();
      addEvidence(own, probabilities, { ...item, target }, run.layout);
      work.temperature.merge(own);
      calibrating.push({ evidence, losses: lossCurve(own) });
    }
    return { model, training: references, heldOut: calibrating };
  } finally {
    await session.release();
  }
}

async function lookAt(
  work: LookWork,
  { run, session }: { readonly run: PreparedRun; readonly session: Session },
  item: PreparedCase,
) {
  const { image, target } = await readPreparedCase(item);
  const inspected = await inspectPrepared(session, image, run, {
    layers: run.layers,
    signal: work.hooks.signal,
  });
  work.hooks.progress(++work.done);
  const { dataset, id, subject } = item;
  const evidence: CaseEvidence = { dataset, id, subject, ...guardEvidence(image, inspected, run.labels) };
  return { evidence, probabilities: inspected.probabilities, target };
}

async function modelOf(run: PreparedRun, weights: StoredPrecision): Promise<Uint8Array> {
  const best = await bestModel(run);
  return weights === "half" ? withHalfWeights(best) : best;
}

/** The network with the weights of the best validation. */
async function bestModel({ configuration, network, fingerprint }: PreparedRun): Promise<Uint8Array> {
  const path = bestCheckpoint(configuration.output);
  const best = await loadCheckpoint(path, network.layout);
  if (best.fingerprint !== fingerprint) {
    throw new UserError({
      subject: path,
      found: "weights of another training than the plan beside it",
      expected: "the best weights of this run",
      advice: "Put the run's own checkpoint back, or train it anew.",
    });
  }
  return exportNetwork(network, weightsOf(best.vectors), {
    metadata: { name: configuration.name, fingerprint },
  });
}
