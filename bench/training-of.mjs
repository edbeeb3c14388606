/** What `trainNetwork` takes of a prepared run, as `sureseg train` hands it on. */
import { partOf } from "../dist/run/prepare-run.js";

export const trainingOf = (run, folder) => ({
  network: run.network,
  layout: run.layout,
  settings: run.configuration,
  train: partOf(run, "train"),
  validation: partOf(run, "validation"),
  windows: run.windows,
  folder,
  fingerprint: run.fingerprint,
});
