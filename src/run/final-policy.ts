/** Whether the test images of a run can calibrate its bundle once they are measured: asked before the first update and before packing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/index.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";

/** @throws UserError for an ensemble, and where no image is set aside for testing */
export function refuseWithoutTest(run: PreparedRun): void {
  const { output } = run.configuration;
  if (run.folds !== undefined) {
    throw new UserError({
      subject: output,
      found: `an ensemble of ${run.folds.length} networks`,
      expected: "a run of one network",
      advice: "In an ensemble every image of the folds calibrates already; leave --final out.",
    });
  }
  if (partOf(run, "test").length > 0) return;
  throw new UserError({
    subject: output,
    found: "no test images",
    expected: "test images that are measured, and then calibrate the bundle",
    advice: "Set some aside (split.test), or leave --final out.",
  });
}

/** @throws UserError also where the test images were not measured yet: once they calibrate, nothing is left to measure by */
export function refuseUnmeasured(run: PreparedRun): void {
  refuseWithoutTest(run);
  const path = join(run.configuration.output, runFiles.evaluation);
  if (existsSync(path)) return;
  throw new UserError({
    subject: path,
    found: "no evaluation",
    expected: "the test images measured before they calibrate the bundle",
    advice: `Run: sureseg evaluate ${run.configuration.output}`,
  });
}
