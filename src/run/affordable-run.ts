/** A run with as many updates as fit into the minutes that somebody can afford. */
import type { WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { fingerprintOf } from "./fingerprint.js";
import type { PreparedRun } from "./prepare-run.js";
import { secondsOfUpdate } from "./update-time.js";

/**
 * Measures an update of the planned network and decides once how many there are, so that the same training can be gone on with:
 * its plan holds their number. The run itself where `budget.minutes` asks for nothing.
 */
export async function affordableRun(
  run: PreparedRun,
  engine: Engine,
  hooks: WorkHooks,
): Promise<PreparedRun> {
  const { minutes } = run.asked.budget;
  if (minutes === undefined) return run;
  hooks.stage("measuring an update", 1, "measurement");
  const { threads } = run.configuration;
  const seconds = await secondsOfUpdate(
    { network: run.network, settings: run.configuration },
    engine,
    threads,
  );
  const updates = Math.max(1, Math.floor((60 * minutes) / seconds));
  hooks.said?.(`an update takes ${seconds.toPrecision(2)} s: ${updates} updates in ${minutes} min`);
  const configuration = { ...run.configuration, updates };
  return { ...run, configuration, fingerprint: fingerprintOf({ ...run, configuration }) };
}
