/** Does the units of a study that are not done yet, alone or beside other processes that work on the same study. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkHooks } from "../../base/index.js";
import { runFiles } from "../../run/prepare-run.js";
import { readLog } from "../../training/log.js";
import type { PlannedStudy, StudyWork } from "../data/planned-study.js";
import { type StudyData, studyFiles } from "../data/study-data.js";
import { costOf, dependenciesOf, type Unit } from "../protocol/plan-study.js";
import { type DetectUnitResult, doDetectUnit } from "./detect-unit.js";
import { doTrainUnit, type TrainUnitResult } from "./train-unit.js";
import { doOnce, readResult } from "./unit-store.js";

export type UnitResult = TrainUnitResult | DetectUnitResult;

const POLL_MS = 500;

/**
 * Returns when all of `own` are done. A unit waits for those that it depends on; where such a one is nobody's work
 * (another shard's, whose process has not started or has died), it is done here.
 *
 * @param own units to be done here
 * @throws the signal's reason where it asks to stop
 */
export async function runUnits(work: StudyWork, own: readonly Unit[]): Promise<void> {
  const byId = new Map(work.units.map((unit) => [unit.id, unit]));
  const finished = new Set<string>();
  const isDone = async (id: string): Promise<boolean> => {
    if (!finished.has(id) && (await readUnit(work, byId.get(id)!)) !== undefined) finished.add(id);
    return finished.has(id);
  };
  for (;;) {
    work.hooks.signal?.throwIfAborted();
    const open: Unit[] = [];
    for (const unit of own) if (!(await isDone(unit.id))) open.push(unit);
    if (open.length === 0) return;
    const candidates = await inOrderOfReadiness(open, byId, isDone);
    const place = `${own.length - open.length + 1} of ${own.length}`;
    if (!(await doFirstFree(work, candidates, place))) await sleep(POLL_MS);
  }
}

/** What can be done now, then what the rest waits for. */
async function inOrderOfReadiness(
  open: readonly Unit[],
  byId: ReadonlyMap<string, Unit>,
  isDone: (id: string) => Promise<boolean>,
): Promise<Unit[]> {
  const ready: Unit[] = [];
  const needed: Unit[] = [];
  const sort = async (unit: Unit): Promise<void> => {
    const waiting: string[] = [];
    for (const id of dependenciesOf(unit)) if (!(await isDone(id))) waiting.push(id);
    if (waiting.length === 0) ready.push(unit);
    for (const id of waiting) needed.push(byId.get(id)!);
  };
  for (const unit of open) await sort(unit);
  // Dependencies of dependencies: a transfer's source, say.
  for (let at = 0; at < needed.length; at++)
    for (const id of dependenciesOf(needed[at]!)) if (!(await isDone(id))) needed.push(byId.get(id)!);
  // The longest first, so that several processes end at about the same time.
  ready.sort((a, b) => costOf(b) - costOf(a));
  return [...ready, ...needed.reverse()];
}

async function doFirstFree(work: StudyWork, candidates: readonly Unit[], place: string): Promise<boolean> {
  for (const unit of candidates) {
    const stage: WorkHooks["stage"] = (label, total, what) =>
      work.hooks.stage(`${place}, ${unit.id}: ${label}`, total, what);
    // A study's log of each training tells how it went; here it would drown the study's own progress.
    const named = { ...work, hooks: { ...work.hooks, stage, said: undefined } };
    const folder = studyFiles.unit(work.data.study, unit.id);
    const done = await doOnce<UnitResult>(folder, work.fingerprints.get(unit.id)!, () =>
      unit.kind === "train" ? doTrainUnit(named, unit) : doDetectUnit(named, unit),
    );
    if (done) return true;
  }
  return false;
}

/** A unit's result, or undefined where it is not done. @throws UserError where it is of another study */
export const readUnit = ({ data, fingerprints }: PlannedStudy, unit: Unit): Promise<UnitResult | undefined> =>
  readResult<UnitResult>(studyFiles.unit(data.study, unit.id), fingerprints.get(unit.id)!);

/** Updates that a unit has behind it while it is trained, whoever trains it, as its log tells; 0 for a look. */
export async function updatesBehind(data: StudyData, unit: Unit): Promise<number> {
  const log = await readLog(join(studyFiles.unit(data.study, unit.id), runFiles.log));
  return log.at(-1)?.step ?? 0;
}
