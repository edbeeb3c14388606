/** Which units of work a study consists of, in the order in which they are done. */
import { UserError } from "../../base/index.js";
import type { StudyConfiguration } from "./study-configuration.js";
import type { Strategy } from "./study-result.js";

interface CommonUnit {
  /** Folder of the unit's results, unique in the study. */
  readonly id: string;
  readonly fold: number;
  readonly seed: number;
}

/** Trains one network and measures it on its datasets' held-out volumes. */
export interface TrainUnit extends CommonUnit {
  readonly kind: "train";
  /** `leave-out`: joint, on some of the datasets; for detection alone. */
  readonly strategy: Strategy | "leave-out";
  /** Trained on. */
  readonly datasets: readonly string[];
  readonly updates: number;
  /** The unit whose weights it starts from. */
  readonly initial?: string;
  /** Its weights serve detection or an ensemble alone: they are not measured. */
  readonly unmeasured?: boolean;
}

/** Lets every detector look at images that are like the training images and at foreign ones. */
export interface DetectUnit extends CommonUnit {
  readonly kind: "detect";
  readonly network: "joint" | "dedicated" | "leave-out";
  /** Train units; the first one's network is looked at, the others are its ensemble. */
  readonly members: readonly string[];
  readonly inside: readonly string[];
  /** Datasets whose images are far. */
  readonly outside: readonly string[];
  /** Also corrupted images, never-seen sources, and uncertainty from several predictions. */
  readonly full: boolean;
}

export type Unit = TrainUnit | DetectUnit;

export interface DatasetSize {
  readonly name: string;
  readonly volumes: number;
}

/** @throws UserError where a leave-out or the transfer source names no dataset of the study */
export function planStudy(study: StudyConfiguration, datasets: readonly DatasetSize[]): Unit[] {
  const names = datasets.map(({ name }) => name);
  checkNames(study, names);
  const source = study.transferSource ?? largest(datasets);
  const units: Unit[] = [];
  for (const fold of study.split.run)
    for (const seed of study.seeds) units.push(...trainUnits(study, names, { source, fold, seed }));
  const firstFold = study.split.run[0]!;
  const firstSeed = study.seeds[0]!;
  const has = (strategy: Strategy): boolean => study.strategies.includes(strategy);
  if (has("joint")) {
    for (const seed of study.ensembleSeeds)
      units.push({ ...jointUnit(study, names, firstFold, seed), unmeasured: true });
    study.leaveOuts.forEach((left, index) => {
      const datasets = names.filter((name) => !left.includes(name));
      units.push({
        kind: "train",
        id: `leave-out-${index + 1}-fold${firstFold}-seed${firstSeed}`,
        strategy: "leave-out",
        datasets,
        updates: study.updatesPerDataset * datasets.length,
        fold: firstFold,
        seed: firstSeed,
        unmeasured: true,
      });
    });
  }
  return [...units, ...detectUnits(study, names, units)];
}

function trainUnits(
  study: StudyConfiguration,
  names: readonly string[],
  { source, fold, seed }: { source: string; fold: number; seed: number },
): TrainUnit[] {
  const has = (strategy: Strategy): boolean => study.strategies.includes(strategy);
  const joint = jointUnit(study, names, fold, seed);
  const one = (strategy: Strategy, dataset: string, updates: number, initial?: string): TrainUnit => ({
    kind: "train",
    id: idOf(strategy, dataset, fold, seed),
    strategy,
    datasets: [dataset],
    updates,
    fold,
    seed,
    initial,
  });
  const updates = study.updatesPerDataset;
  const units: TrainUnit[] = [];
  if (has("joint") || has("fine-tuned")) units.push({ ...joint, unmeasured: !has("joint") });
  if (has("dedicated") || has("transfer")) {
    // The source network of transfer is the dedicated one of its dataset.
    const wanted = has("dedicated") ? [source, ...names.filter((name) => name !== source)] : [source];
    for (const name of wanted)
      units.push({ ...one("dedicated", name, updates), unmeasured: !has("dedicated") });
  }
  if (has("transfer")) {
    const initial = idOf("dedicated", source, fold, seed);
    for (const name of names) if (name !== source) units.push(one("transfer", name, updates, initial));
  }
  if (has("fine-tuned"))
    for (const name of names) units.push(one("fine-tuned", name, study.fineTuningUpdates, joint.id));
  return units;
}

const jointUnit = (
  study: StudyConfiguration,
  names: readonly string[],
  fold: number,
  seed: number,
): TrainUnit => ({
  kind: "train",
  id: idOf("joint", undefined, fold, seed),
  strategy: "joint",
  datasets: [...names],
  updates: study.updatesPerDataset * names.length,
  fold,
  seed,
});

/** One look through each network of the first seed; through the joint ones with everything that there is to see. */
function detectUnits(
  study: StudyConfiguration,
  names: readonly string[],
  units: readonly Unit[],
): DetectUnit[] {
  const seed = study.seeds[0]!;
  return units.flatMap((unit): DetectUnit[] => {
    if (unit.kind !== "train" || unit.seed !== seed) return [];
    if (!["joint", "dedicated", "leave-out"].includes(unit.strategy)) return [];
    if (unit.unmeasured && unit.strategy !== "leave-out") return [];
    const ensemble = units.flatMap((other) =>
      other.kind === "train" && other.strategy === "joint" && other.fold === unit.fold && other.id !== unit.id
        ? [other.id]
        : [],
    );
    const joint = unit.strategy === "joint";
    return [
      {
        kind: "detect",
        id: `detect-${unit.id}`,
        network: unit.strategy as DetectUnit["network"],
        members: [unit.id, ...(joint ? ensemble : [])],
        inside: unit.datasets,
        outside: names.filter((name) => !unit.datasets.includes(name)),
        full: joint,
        fold: unit.fold,
        seed: unit.seed,
      },
    ];
  });
}

/** The units that must be done before this one. */
export const dependenciesOf = (unit: Unit): readonly string[] =>
  unit.kind === "detect" ? unit.members : unit.initial === undefined ? [] : [unit.initial];

/** About how much work a unit is, in updates of training. */
export const costOf = (unit: Unit): number => (unit.kind === "train" ? unit.updates : unit.full ? 3000 : 100);

/**
 * Units of shard `index` of `count`: each unit goes to the shard with the least work so far, so that shards end at about
 * the same time. Every unit is in exactly one shard.
 */
export function shardOf(units: readonly Unit[], index: number, count: number): Unit[] {
  const work = new Array<number>(count).fill(0);
  return units.filter((unit) => {
    const least = work.indexOf(Math.min(...work));
    work[least]! += costOf(unit);
    return least === index;
  });
}

const idOf = (strategy: Strategy, dataset: string | undefined, fold: number, seed: number): string =>
  `${strategy}${dataset === undefined ? "" : `-${dataset}`}-fold${fold}-seed${seed}`;

const largest = (datasets: readonly DatasetSize[]): string =>
  datasets.reduce((best, item) => (item.volumes > best.volumes ? item : best)).name;

function checkNames(study: StudyConfiguration, names: readonly string[]): void {
  const wanted: [string, string][] = [
    ...study.leaveOuts.flatMap((group, at) =>
      group.map((name): [string, string] => [`leaveOuts.${at}`, name]),
    ),
    ...(study.transferSource === undefined
      ? []
      : [["transferSource", study.transferSource] as [string, string]]),
  ];
  const wrong = wanted.find(([, name]) => !names.includes(name));
  if (wrong) {
    throw new UserError({
      subject: wrong[0],
      found: wrong[1],
      expected: `one of ${names.join(", ")}`,
      advice: "Name a dataset of the study.",
    });
  }
  const everything = study.leaveOuts.findIndex((group) => names.every((name) => group.includes(name)));
  if (everything >= 0) {
    throw new UserError({
      subject: `leaveOuts.${everything}`,
      found: "every dataset",
      expected: "a group that leaves something to train on",
      advice: "Leave fewer datasets out.",
    });
  }
}
