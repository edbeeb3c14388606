/** The thread that shows that a claim's process is alive: it renews the file's time, whatever the main thread is busy with. */
import { readFileSync, utimesSync } from "node:fs";
import { workerData } from "node:worker_threads";

export interface HeartbeatStart {
  readonly path: string;
  /** What the claim says; another's claim in its place is left alone. */
  readonly text: string;
  /** Milliseconds. */
  readonly every: number;
}

const { path, text, every } = workerData as HeartbeatStart;

setInterval(() => {
  try {
    if (readFileSync(path, "utf8") !== text) return;
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The file system is away for a moment, or the claim was given back: there is nothing to renew.
  }
}, every);
