/** Starts a server and stops it: `sureseg serve`. */
import { rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { UserError } from "../base/index.js";
import { Admission } from "./access/admission.js";
import { isLoopback } from "./access/loopback.js";
import { TokenFile } from "./access/tokens.js";
import { application } from "./http/application.js";
import type { ServerLimits, ServerParts } from "./http/environment.js";
import { safeDetails, serverLog } from "./http/log.js";
import type { LogLevel } from "./http/log-levels.js";
import { ServerMetrics } from "./http/metrics.js";
import { EmbeddedQueue } from "./jobs/embedded-queue.js";
import { JobEvents } from "./jobs/job-events.js";
import type { JobQueue } from "./jobs/job-queue.js";
import { JobStore } from "./jobs/job-store.js";
import { lockFolder } from "./jobs/lock-folder.js";
import { ownFolder, removeAbandonedFolders } from "./jobs/own-folder.js";
import { redisAt } from "./jobs/redis-connection.js";
import { RedisQueue } from "./jobs/redis-queue.js";
import { openServedBundles } from "./jobs/served-bundles.js";
import { sweep } from "./jobs/sweep.js";
import { archiveFor, predictorsFor, queueNews, type WorkplaceOptions, workplaceFor } from "./workplace.js";

export interface ServeOptions extends ServerLimits, WorkplaceOptions {
  /** Folders, `NAME=FOLDER` where the card's name is not to be the bundle's. */
  readonly bundles: readonly string[];
  readonly version: string;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Where jobs are kept; default: a folder of its own for temporary files. */
  readonly work?: string;
  /** File of tokens; without it the server listens on loopback alone. */
  readonly tokens?: string;
  /** Address of the Redis whose workers work the jobs; without it, this process works them. */
  readonly queue?: string;
  /** Folder of the built page. */
  readonly page?: string;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  /** Most jobs on disk, those that are over included. */
  readonly maxKept: number;
  readonly logLevel: LogLevel;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Lets go of the port. What waits, runs and is kept ends here, unless a queue on another machine has it. */
  stop(): Promise<void>;
}

/** How often it is looked, at least, for what is to be deleted, in milliseconds. */
const SWEEP_EVERY = 15_000;

/** Longest that a whole request may take to arrive, in milliseconds: a huge upload over a slow line. */
const REQUEST_TIMEOUT = 15 * 60_000;

/** Headers come at once, or somebody holds connections open. Milliseconds; the longest silence in an upload, if less. */
const HEADERS_TIMEOUT = 10_000;

const MAX_CONNECTIONS = 1024;

/** @throws UserError where an option is wrong, a bundle broken, the address taken or, beyond loopback, no token known */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const log = serverLog(options.logLevel);
  refuseQueueWithoutFolder(options);
  const tokens = await tokensFor(options);
  if (options.page !== undefined) await refuseOtherThanPage(options.page);
  const archive = await archiveFor(options);
  const bundles = await openServedBundles(options.bundles);
  await removeAbandonedFolders();
  const workFolder = options.work ?? (await ownFolder());
  const store = new JobStore(workFolder);
  const ownsJobs = options.queue === undefined;
  const unlock = ownsJobs ? await lockFolder(workFolder) : async () => {};
  const removeOwn = async (): Promise<void> => {
    if (ownsJobs) await removeAll(store);
  };
  // What an earlier server left when it was killed: its queue is gone with it.
  await removeOwn();
  const queue = await openQueue(options, { store, bundles, archive, log });
  const stopping = new AbortController();
  const parts: ServerParts = {
    version: options.version,
    bundles,
    store,
    queue,
    events: new JobEvents(),
    admission: new Admission(queue, store, options),
    metrics: new ServerMetrics(queue),
    log,
    limits: options,
    archive,
    tokens,
    stopping: stopping.signal,
  };
  watchJobs(parts);
  // What servers before this one left on the shared folder does not wait for the first round.
  await deleteOld(parts);
  const app = application(parts, {
    page: options.page && resolve(options.page),
    allowedOrigins: options.allowOrigin,
    allowedHosts:
      isLoopback(options.host) || options.allowHost.length > 0
        ? options.allowHost.map((host) => host.toLowerCase())
        : undefined,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: Math.min(HEADERS_TIMEOUT, options.idleSeconds * 1000),
      connectionsCheckingInterval: 1000,
    },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  const cleanUp = async (): Promise<void> => {
    await removeOwn();
    await unlock();
    if (options.work === undefined) await rm(workFolder, { recursive: true, force: true });
  };
  const address = await listen(server, options).catch(async (error) => {
    await queue.close();
    await cleanUp();
    throw error;
  });
  const sweep = setInterval(() => void deleteOld(parts), Math.min(SWEEP_EVERY, options.keepSeconds * 1000));
  log.info({ bundles: bundles.size, authentication: tokens !== undefined }, "listening");

  return {
    address,
    async stop() {
      stopping.abort();
      clearInterval(sweep);
      const closed = new Promise((done) => server.close(done));
      // First of all, for the engine may take long to be through with its window; and again when nobody writes any more.
      await removeOwn();
      await queue.close();
      await cleanUp();
      server.closeAllConnections();
      await closed;
      log.info("stopped");
    },
  };
}

/** Beyond loopback nobody is served without a token. */
async function tokensFor({ host, tokens }: ServeOptions): Promise<TokenFile | undefined> {
  if (tokens !== undefined) return TokenFile.open(resolve(tokens));
  if (isLoopback(host)) return undefined;
  throw new UserError({
    subject: "--host",
    found: `${host}, which other machines reach, and no file of tokens`,
    expected: "a file of tokens, or an address of loopback",
    advice: "Make one (sureseg token NAME --tokens FILE) and give it by --tokens FILE.",
  });
}

async function refuseOtherThanPage(folder: string): Promise<void> {
  const index = await stat(join(folder, "index.html")).catch(() => undefined);
  if (index?.isFile()) return;
  throw new UserError({
    subject: folder,
    found: "no index.html",
    expected: "the folder of the built page",
    advice: "Build the page first, or leave --page out.",
  });
}

/** Jobs that wait in memory are gone with the process, and so is what is on disk of them. */
async function openQueue(
  options: ServeOptions,
  parts: Pick<ServerParts, "store" | "bundles" | "archive" | "log">,
): Promise<JobQueue> {
  const { store, log } = parts;
  if (options.queue === undefined) {
    return new EmbeddedQueue(predictorsFor(options), workplaceFor(options, parts));
  }
  return RedisQueue.open({ redis: redisAt(options.queue, process.env), store, news: queueNews(log) });
}

function refuseQueueWithoutFolder({ queue, work }: ServeOptions): void {
  if (queue === undefined || work !== undefined) return;
  throw new UserError({
    subject: "--queue",
    found: "no --work beside it",
    expected: "the folder that server and workers share",
    advice: "Give the same folder to all of them by --work.",
  });
}

/** Keeps events for those who follow, and counts. */
function watchJobs({ queue, events, metrics, admission, store, log }: ServerParts): void {
  const started = new Map<string, number>();
  queue.listen((id, event) => {
    events.record(id, event);
    if (event.kind === "state" && event.state === "running") started.set(id, performance.now());
    if (event.kind !== "end") return;
    const began = started.get(id);
    started.delete(id);
    const seconds = began === undefined ? undefined : (performance.now() - began) / 1000;
    metrics.jobEnded(event.state, seconds);
    if (seconds !== undefined) admission.observe(seconds);
    log.info({ job: id, state: event.state, seconds: seconds && Number(seconds.toFixed(2)) }, "job ended");
    if (event.state !== "done") return;
    store.read(id).then(
      (job) => job?.results?.foreign && metrics.foreignImage(job.bundle.name),
      () => undefined,
    );
  });
}

async function deleteOld({ store, queue, events, metrics, limits, log }: ServerParts): Promise<void> {
  try {
    const { removed, putBack, forgotten } = await sweep(store, queue, limits);
    for (const id of removed) events.forget(id);
    for (const job of putBack) log.warn({ job }, "a job that the queue has forgotten is put back");
    for (const job of forgotten) {
      events.catchUp(job);
      metrics.jobEnded("failed", undefined);
      log.warn({ job: job.id }, "the queue has forgotten a job");
    }
    // Other servers remove jobs too.
    events.keepOnly(new Set(await store.ids()));
  } catch (error) {
    log.error(safeDetails(error), "old jobs could not be deleted");
  }
}

async function removeAll(store: JobStore): Promise<void> {
  for (const id of await store.ids()) await store.remove(id);
}

async function listen(server: Server, { host, port }: ServeOptions): Promise<string> {
  await new Promise<void>((done, fail) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      fail(
        new UserError({
          subject: "--host and --port",
          found: `${host}:${port}, which cannot be listened on (${cause.code})`,
          expected: "an address of this machine and a port that is free",
          advice: "Give another port; 0 takes any that is free.",
          cause,
        }),
      ),
    );
    server.listen(port, host.replace(/^\[|\]$/g, ""), done);
  });
  const bound = server.address();
  const shown = typeof bound === "object" && bound !== null ? bound.port : port;
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${shown}`;
}
