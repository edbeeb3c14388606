/** What the routes of a server share. */
import type { HttpBindings } from "@hono/node-server";
import type { Logger } from "pino";
import type { Admission } from "../access/admission.js";
import type { TokenFile } from "../access/tokens.js";
import type { Archive } from "../dicomweb/index.js";
import type { JobEvents } from "../jobs/job-events.js";
import type { JobQueue } from "../jobs/job-queue.js";
import type { JobStore } from "../jobs/job-store.js";
import type { ServedBundles } from "../jobs/served-bundles.js";
import type { ServerMetrics } from "./metrics.js";

export interface ServerLimits {
  /** Of one upload, all its files together. */
  readonly maxUploadBytes: number;
  readonly maxQueue: number;
  /** Of one job. */
  readonly maxSeconds: number;
  /** How long results are kept. */
  readonly keepSeconds: number;
  /** Longest that a job may wait and be worked, all in all. */
  readonly maxAgeSeconds: number;
  /** Longest silence in an upload. */
  readonly idleSeconds: number;
}

export interface ServerParts {
  readonly version: string;
  readonly bundles: ServedBundles;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly events: JobEvents;
  readonly admission: Admission;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
  readonly limits: ServerLimits;
  /** Where jobs may have series from; absent where there is none. */
  readonly archive?: Archive;
  /** Absent where nobody is asked for a token. */
  readonly tokens?: TokenFile;
  /** Aborted when the server stops: streams of events end then. */
  readonly stopping: AbortSignal;
}

/** For hono: what comes with a request, and what is known of it on the way. */
export interface RequestEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** Whose token was presented. */
    client?: string;
  };
}
