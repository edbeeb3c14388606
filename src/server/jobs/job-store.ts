/**
 * Jobs on disk, each a folder of its own below `jobs/`:
 *
 *     <id>/job.json       its state; written whole or not at all
 *     <id>/input/         the image, until the job is over
 *     <id>/attempt-<x>/   results in the making, one folder for each time that work began
 *     <id>/results/       an attempt that came to its end, renamed: there is one, whoever else was at work
 *
 * Several processes may share the folder: servers, and workers that know an id from a queue.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseJson, UserError } from "../../base/index.js";
import { readBytesIfThere, writeFileAtomically } from "../../dataset/index.js";
import {
  isOver,
  type Job,
  type JobResult,
  type JobResults,
  jobIdSchema,
  jobResultsSchema,
  jobSchema,
} from "./job.js";

/** What is known of a job when its upload has come. */
export type NewJob = Pick<Job, "bundle" | "image" | "owner" | "archive">;

/** What is to happen to results before the job is said to be done, and what is then to be said: see `storeSegmentation`. */
export type Delivery = (job: Job, results: JobResults) => Promise<Pick<Job, "notStored">>;

const kept: Delivery = async () => ({});

const RESULTS = "results.json";

/** Folders of attempts begin with it. */
const ATTEMPT = "attempt-";

/** Most bytes of a job.json: it holds short fields alone. */
const MAX_STATE_BYTES = 2 ** 20;

/** One state that is damaged, or of another version, holds up nothing. */
export function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

export class JobStore {
  private readonly folder: string;

  /** @param workFolder is made where it is not there; nobody else on the machine may look into it */
  constructor(workFolder: string) {
    this.folder = join(resolve(workFolder), "jobs");
  }

  /** Makes the folder of a job that is still to come. @returns its id */
  async reserve(): Promise<string> {
    const id = randomBytes(16).toString("hex");
    await mkdir(join(this.folderOf(id), "input"), { recursive: true, mode: 0o700 });
    return id;
  }

  /** Where the image of a job goes. */
  inputFolder = (id: string): string => join(this.folderOf(id), "input");

  /** Writes down a job whose image has come: from now on it can be worked. Undefined where its folder is gone. */
  async create(id: string, { bundle, image, owner, archive }: NewJob): Promise<Job | undefined> {
    const created = new Date().toISOString();
    return this.write({ id, state: "waiting", bundle, image, archive, owner, created, attempts: 0 });
  }

  /** Undefined where there is no such job, or none any more. */
  async read(id: string): Promise<Job | undefined> {
    if (!jobIdSchema.safeParse(id).success) return undefined;
    return this.readJson(join(this.folderOf(id), "job.json"), jobSchema);
  }

  /**
   * Work on a job begins, possibly not for the first time.
   *
   * @param deliver is called where results stand that nobody delivered
   * @returns the job; undefined where it was removed. A job that is over comes back as it is and needs no work.
   */
  async begin(id: string, deliver = kept): Promise<Job | undefined> {
    const job = await this.read(id);
    if (job === undefined || isOver(job)) return job;
    const results = await this.finishedResults(id);
    // Whoever made them was lost before it could say so.
    if (results !== undefined) return this.deliver(job, results, deliver);
    const started = new Date().toISOString();
    return this.write({ ...job, state: "running", started, attempts: job.attempts + 1 });
  }

  /** An empty folder for the results of one attempt. */
  async attemptFolder(id: string): Promise<string> {
    const folder = join(this.folderOf(id), `${ATTEMPT}${randomBytes(6).toString("hex")}`);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /**
   * Makes an attempt's folder the results of the job. Where another attempt was faster, its results stand and these are
   * dropped: however many workers were at it, the job is done once. So are those of a job that was given up meanwhile.
   *
   * @param deliver is called with the results that stand, before the job is done
   * @returns the job as it then stands; undefined where it was removed meanwhile
   */
  async finish(id: string, attempt: string, results: JobResults, deliver = kept): Promise<Job | undefined> {
    const job = await this.read(id);
    if (job === undefined || isOver(job)) {
      await this.drop(id, attempt);
      return job;
    }
    await writeFileAtomically(join(attempt, RESULTS), JSON.stringify(results));
    try {
      await rename(attempt, this.resultsFolder(id));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another attempt was faster and took this one away, or the job was removed.
      if (code === "ENOENT") return this.standing(id);
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
      await rm(attempt, { recursive: true, force: true });
    }
    if ((await this.standing(id)) === undefined) return undefined;
    const standing = await this.finishedResults(id);
    return standing && this.deliver(job, standing, deliver);
  }

  /** Takes an attempt away that came to nothing, with all that it made anew of a job that was removed meanwhile. */
  async drop(id: string, attempt: string): Promise<void> {
    await rm(attempt, { recursive: true, force: true });
    await this.standing(id);
  }

  /**
   * Results that stand, because it was their delivery that failed, may be fetched all the same.
   *
   * @param failure for the client: see `Job.failure`
   * @returns undefined where the job was removed meanwhile
   */
  async fail(id: string, failure: string): Promise<Job | undefined> {
    const job = await this.read(id);
    if (job === undefined || isOver(job)) return job;
    const results = await this.finishedResults(id);
    // First: where the disk is full, this makes the room that the state needs.
    await this.removeVoxels(id);
    return this.end(job, { state: "failed", failure, results });
  }

  /** Path of a file of results. */
  resultPath = (id: string, { file }: JobResult): string => join(this.resultsFolder(id), file);

  /** Everything of a job, and what an upload left that never became one. */
  async remove(id: string): Promise<void> {
    await rm(this.folderOf(id), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ids of all jobs, those whose upload has not ended included. */
  async ids(): Promise<string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.filter((name) => jobIdSchema.safeParse(name).success);
  }

  /**
   * Jobs that were over, and uploads that came to nothing, before a moment; so are those whose state cannot be read.
   *
   * @param moment milliseconds since 1970
   */
  async overBefore(moment: number): Promise<string[]> {
    const old: string[] = [];
    for (const id of await this.ids()) {
      const job = await this.read(id).catch(ignoreUnreadable);
      const since =
        job === undefined ? await this.touched(id) : isOver(job) ? Date.parse(job.finished!) : NaN;
      if (since < moment) old.push(id);
    }
    return old;
  }

  /** The job; where there is none any more, nothing of it stays: whoever writes a file makes its folders anew. */
  private async standing(id: string): Promise<Job | undefined> {
    const job = await this.read(id);
    if (job === undefined) await this.remove(id);
    return job;
  }

  private folderOf = (id: string): string => join(this.folder, jobIdSchema.parse(id));

  private resultsFolder = (id: string): string => join(this.folderOf(id), "results");

  private finishedResults(id: string): Promise<JobResults | undefined> {
    return this.readJson(join(this.resultsFolder(id), RESULTS), jobResultsSchema);
  }

  private async deliver(job: Job, results: JobResults, deliver: Delivery): Promise<Job | undefined> {
    return this.end(job, { state: "done", results, ...(await deliver(job, results)) });
  }

  /** The image is no longer needed: the less of a patient lies about the better. */
  private async end(
    job: Job,
    change: Pick<Job, "state" | "results" | "failure" | "notStored">,
  ): Promise<Job | undefined> {
    const ended = await this.write({ ...job, ...change, finished: new Date().toISOString() });
    await this.removeVoxels(job.id);
    return ended;
  }

  /** The image, and attempts of workers that were lost; a worker that is still at one finds the job over. */
  private async removeVoxels(id: string): Promise<void> {
    const names = await readdir(this.folderOf(id)).catch(() => []);
    const spent = names.filter((name) => name === "input" || name.startsWith(ATTEMPT));
    for (const name of spent) await rm(join(this.folderOf(id), name), { recursive: true, force: true });
  }

  private async write(job: Job): Promise<Job | undefined> {
    // Writing would make the folder anew where it was removed.
    if (Number.isNaN(await this.touched(job.id))) return undefined;
    await writeFileAtomically(join(this.folderOf(job.id), "job.json"), JSON.stringify(job));
    return job;
  }

  private async readJson<Schema extends typeof jobSchema | typeof jobResultsSchema>(
    path: string,
    schema: Schema,
  ): Promise<ReturnType<Schema["parse"]> | undefined> {
    const bytes = await readBytesIfThere(path, { expected: "a file of a job", most: MAX_STATE_BYTES });
    if (bytes === undefined) return undefined;
    return parseJson(new TextDecoder().decode(bytes), schema, "job") as ReturnType<Schema["parse"]>;
  }

  private touched = (id: string): Promise<number> =>
    stat(this.folderOf(id)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.NaN,
    );
}
