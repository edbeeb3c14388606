/** `sureseg study CONFIG`: the whole comparison, resumable and divisible. */

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { UserError, type WorkHooks } from "../base/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import type { Device, Engine } from "../graph/index.js";
import { saveStudy } from "../report/study/save-study.js";
import { planUnits, type StudyWork } from "../study/data/planned-study.js";
import { openStudyData, studyFiles } from "../study/data/study-data.js";
import { costOf, shardOf, type Unit } from "../study/protocol/plan-study.js";
import { readStudy } from "../study/protocol/study-configuration.js";
import { collectStudy } from "../study/results/collect.js";
import { estimateSeconds } from "../study/units/estimate.js";
import { readUnit, runUnits, updatesBehind } from "../study/units/run-units.js";
import { exitStatus } from "./exit-status.js";
import { currentCommit, machineLine } from "./provenance.js";

export interface StudyOptions {
  /** Only say what would be done. */
  readonly plan: boolean;
  /** `i/n`, from 0: do this part and make no report. */
  readonly shard?: string;
  /** Processes that share the work on this machine. */
  readonly processes: number;
  readonly threads?: number;
  readonly device: Device;
}

export async function study(
  path: string,
  options: StudyOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const configuration = await readStudy(path);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const data = await openStudyData(configuration, hooks);
  const planned = planUnits(data);
  const { units } = planned;
  const work: StudyWork = { ...planned, engine, threads: options.threads, hooks };
  await writeFileAtomically(join(configuration.output, studyFiles.configuration), stringify(configuration));
  await writeFileAtomically(
    join(configuration.output, studyFiles.plan),
    `${JSON.stringify(units, null, 1)}\n`,
  );
  if (options.plan) {
    process.stdout.write(await planTable(work, options.processes));
    return exitStatus.trusted;
  }

  const own = shard ? shardOf(units, shard.index, shard.count) : units;
  if (options.processes > 1) await inProcesses(path, work, options);
  else await runUnits(work, own);
  if (shard) {
    process.stdout.write(`shard ${options.shard}: ${own.length} of ${units.length} units done\n`);
    return exitStatus.trusted;
  }
  hooks.stage("putting results together", units.length, "units");
  const { result, scores } = await collectStudy(planned, {
    commit: await currentCommit(),
    machine: machineLine(),
  });
  const page = await saveStudy(configuration.output, result, scores);
  const lines = result.claims.map(
    ({ verdict, statement, evidence }) => `${verdict.padEnd(9)}  ${statement}\n           ${evidence}`,
  );
  process.stdout.write(`${lines.join("\n")}\n${page}\n`);
  return exitStatus.trusted;
}

/** Far more than a study has units. */
const MAXIMUM_SHARDS = 10_000;

function parseShard(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match && count >= 1 && count <= MAXIMUM_SHARDS && index < count) return { index, count };
  throw new UserError({
    subject: "--shard",
    found: text,
    expected: `i/n with n from 1 to ${MAXIMUM_SHARDS} and i from 0 to n - 1`,
    advice: "A Slurm array of 4 jobs runs --shard 0/4 to --shard 3/4.",
  });
}

/** Starts processes that take units one by one until all are done. */
async function inProcesses(path: string, work: StudyWork, options: StudyOptions): Promise<void> {
  const { data, units, hooks } = work;
  const done = new Set<Unit>();
  const lookAgain = async (): Promise<void> => {
    let updates = 0;
    for (const unit of units) {
      if (!done.has(unit) && (await readUnit(work, unit).catch(() => undefined)) !== undefined)
        done.add(unit);
      updates += done.has(unit) ? costOf(unit) : await updatesBehind(data, unit);
    }
    hooks.progress(updates, `${done.size} of ${units.length} units done`);
  };
  // Units differ in size, so progress counts updates.
  const all = units.reduce((sum, unit) => sum + costOf(unit), 0);
  hooks.stage("working", all, "updates, or looks that take as long");
  await lookAgain();
  hooks.signal?.throwIfAborted();
  const threads = String(options.threads ?? 1);
  const shared = ["--shard", "0/1", "--threads", threads, "--device", options.device];
  const children = Array.from({ length: options.processes }, () =>
    fork(fileURLToPath(new URL("./main.js", import.meta.url)), ["study", path, ...shared, "--quiet"], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  const ends = children.map(
    (child) => new Promise<number | null>((resolve) => child.on("close", (status) => resolve(status))),
  );
  // Ctrl-C in a terminal reaches the children by itself; a signal sent to this process alone does not.
  const stop = (): void => {
    for (const child of children) child.kill("SIGINT");
  };
  hooks.signal?.addEventListener("abort", stop);
  const timer = setInterval(lookAgain, 5000);
  const statuses = await Promise.all(ends);
  clearInterval(timer);
  hooks.signal?.removeEventListener("abort", stop);
  hooks.signal?.throwIfAborted();
  const failed = statuses.find((status) => status !== 0);
  if (failed === undefined) return;
  throw new UserError({
    subject: "a process of the study",
    found: `exit status ${failed}`,
    expected: "0",
    advice: "Its message is above; mend the cause and run the study again: what is done stays done.",
  });
}

async function planTable(work: StudyWork, processes: number): Promise<string> {
  const { units } = work;
  const seconds = await estimateSeconds({
    ...work,
    threads: work.threads ?? (processes > 1 ? 1 : undefined),
  });
  const lines = await Promise.all(
    units.map(async (unit) => {
      const done = (await readUnit(work, unit)) !== undefined;
      const what =
        unit.kind === "train"
          ? `${unit.datasets.length === 1 ? unit.datasets[0] : `${unit.datasets.length} datasets`}, ${unit.updates} updates`
          : `${unit.members.length} ${unit.members.length === 1 ? "network" : "networks"}`;
      return { done, seconds: seconds.get(unit.id)!, text: `${done ? "done " : "     "}${unit.id}: ${what}` };
    }),
  );
  const left = lines.filter(({ done }) => !done).reduce((sum, line) => sum + line.seconds, 0) / processes;
  return `${lines.map((line) => `${line.text}, about ${duration(line.seconds)}`).join("\n")}\n${units.length} units, ${
    lines.filter(({ done }) => done).length
  } done; about ${duration(left)} left with ${processes} ${processes === 1 ? "process" : "processes"}\n`;
}

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
