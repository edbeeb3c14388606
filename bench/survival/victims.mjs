/**
 * What is disturbed, an entry each: how its work is started and gone on with, and what it must leave whatever happened.
 *
 * A work is anything that ends: `start` gives `{ ended, pids, stop }`. Its folder is all that it has between two starts.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { startJob } from "./job.mjs";
import { startCommand } from "./processes.mjs";

/** Paths of the files below a folder. */
export const filesBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((name) => join(folder, name))
        .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    : [];

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Hashes by name below the folder; `reading` gives what counts of a file, or undefined where nothing does. */
function hashes(folder, reading) {
  const found = new Map();
  for (const path of filesBelow(folder).sort()) {
    const name = relative(folder, path);
    const counts = reading(name, path);
    if (counts !== undefined) found.set(name, hashOf(counts));
  }
  return found;
}

/** A JSON file without when and how fast. */
function withoutTimes(path) {
  const cleaned = JSON.parse(readFileSync(path, "utf8"), (key, value) =>
    ["created", "seconds", "machine", "commit"].includes(key) ? undefined : value,
  );
  return JSON.stringify(cleaned);
}

export const victims = {
  train: {
    what: "one run: preparing, training, packing",
    start: (place, folder, environment) => {
      const resume = existsSync(join(folder, "run", "plan.json")) ? ["--resume"] : [];
      const configuration = place.configuration(folder, "run", place.run);
      return startCommand(["train", configuration, ...resume, "--quiet"], environment);
    },
    results: (folder) =>
      hashes(join(folder, "run"), (name, path) =>
        /^(bundle\/|best|last|plan|cache\/|log)/.test(name) ? readFileSync(path) : undefined,
      ),
  },
  study: {
    what: "a study in two processes; the parent, one of the children or all are killed",
    start: (place, folder, environment) => {
      const configuration = place.configuration(folder, "study", place.study);
      return startCommand(["study", configuration, "--processes", "2", "--quiet"], environment);
    },
    results: (folder) =>
      hashes(join(folder, "study"), (name, path) => {
        if (/(^study|result)\.json$/.test(name)) return withoutTimes(path);
        return /best\.safetensors$/.test(name) ? readFileSync(path) : undefined;
      }),
  },
  predict: {
    what: "a batch of three images, rerun with --overwrite",
    start: (place, folder, environment) => {
      const rest = ["--modality", "CT", "--out", join(folder, "out"), "--overwrite", "--quiet"];
      return startCommand(["predict", place.bundle, ...place.images, ...rest], environment);
    },
    results: (folder) => hashes(join(folder, "out"), (_, path) => readFileSync(path)),
  },
  worker: {
    what: "a worker at a job of a server, the queue on Redis; another worker takes over",
    start: startJob,
    results: (folder) => hashes(join(folder, "fetched"), (_, path) => readFileSync(path)),
  },
};
