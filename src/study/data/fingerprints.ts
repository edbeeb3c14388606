/**
 * Fingerprints of units: what was done counts as long as everything that could change its result is as it was, and nothing
 * else. A unit's fingerprint holds those of the units that it builds on.
 */
import { createHash } from "node:crypto";
import { caseKey } from "../../base/index.js";
import type { PreparedCase, Split } from "../../dataset/index.js";
import { type DetectUnit, dependenciesOf, type TrainUnit, type Unit } from "../protocol/plan-study.js";
import { flipsOf, type StudyConfiguration } from "../protocol/study-configuration.js";
import { casesOf, type StudyData } from "./study-data.js";

/** Raised whenever the same inputs would give other results, or results of another form. */
const version = 4;

/**
 * Settings that every unit depends on. Of the others, some only say which units there are or which cases they get, which is
 * seen in the units and their cases; some change detection alone; and some change nothing that units leave behind (names,
 * the output folder, the promised rate of false alarms).
 */
export const settingsOfAllUnits = [
  "labelMode",
  "preparation",
  "network",
  "patch",
  "batch",
  "loss",
  "optimiser",
  "schedule",
  "sampling",
  "augmentation",
  "validationsPerTraining",
  "earlyStopping",
] as const satisfies readonly (keyof StudyConfiguration)[];

/** @param units of the study, each after those that it depends on */
export function unitFingerprints(data: StudyData, units: readonly Unit[]): Map<string, string> {
  const fingerprints = new Map<string, string>();
  for (const unit of units) {
    const inputs = {
      version,
      unit,
      settings: settingsOf(data.study),
      channels: data.layout.channels,
      needed: dependenciesOf(unit).map((id) => fingerprints.get(id)),
      ...(unit.kind === "train" ? casesOfTraining(data, unit) : casesOfDetection(data, unit)),
      ...(unit.kind === "detect" && unit.full ? furtherImages(data) : {}),
    };
    fingerprints.set(unit.id, createHash("sha256").update(JSON.stringify(inputs)).digest("hex"));
  }
  return fingerprints;
}

/** Without a patience a unit is what it was before there was such a field. */
const settingsOf = (study: StudyConfiguration): [string, unknown][] =>
  settingsOfAllUnits.flatMap((field): [string, unknown][] =>
    field === "earlyStopping" && study.earlyStopping === 0 ? [] : [[field, study[field]]],
  );

const casesOfTraining = (data: StudyData, unit: TrainUnit): object => ({
  train: partOf(data, unit, "train", unit.datasets),
  validation: partOf(data, unit, "validation", unit.datasets),
  test: unit.unmeasured ? [] : partOf(data, unit, "test", unit.datasets),
});

const casesOfDetection = (data: StudyData, unit: DetectUnit): object => ({
  train: partOf(data, unit, "train", unit.inside),
  validation: partOf(data, unit, "validation", unit.inside),
  test: partOf(data, unit, "test", unit.inside),
  outside: partOf(data, unit, "test", unit.outside),
});

/** Corrupted copies, several predictions of one image, and foreign sources. */
const furtherImages = ({ study, foreign }: StudyData): object => ({
  severities: study.corruptions.severities,
  corrupted: study.corruptions.volumesPerDataset,
  seed: study.split.seed,
  dropoutPasses: study.uncertainty.dropoutPasses,
  flips: flipsOf(study),
  maps: study.uncertainty.mapsPerDataset,
  foreign: foreign.map(({ source, modalities, hashes }) => [
    source.name,
    modalities,
    source.cases.map(({ id }, at) => [id, hashes[at]]),
  ]),
});

/** The cases in their order, with whose they are and what they were prepared from and how. */
const partOf = (data: StudyData, unit: Unit, part: keyof Split, datasets: readonly string[]): unknown[] =>
  casesOf(data, unit.fold, part, datasets).map((item: PreparedCase) => [
    caseKey(item),
    item.subject,
    item.entryHash,
  ]);
