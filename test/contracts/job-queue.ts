/**
 * The contract of job queues: every job that is added is worked, in order, and told of; cancelled ones are not; counts are
 * true. A queue passes it with predictors that only wait to be told how to end.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import type { Job, JobEvent, JobResults } from "../../src/server/jobs/job.js";
import type { JobQueue } from "../../src/server/jobs/job-queue.js";
import { JobStore } from "../../src/server/jobs/job-store.js";
import type { PredictionTask, Predictor } from "../../src/server/jobs/predictor.js";
import type { ServedBundle } from "../../src/server/jobs/served-bundles.js";
import type { Workplace } from "../../src/server/jobs/work-job.js";

/** Holds every image until the test says how it ends. */
export class HeldPredictor implements Predictor {
  closed = false;
  private held: { resolve: (results: JobResults) => void; reject: (error: unknown) => void } | undefined;
  private task: PredictionTask | undefined;

  predict(task: PredictionTask, signal: AbortSignal): Promise<JobResults> {
    this.task = task;
    return new Promise((resolve, reject) => {
      this.held = { resolve, reject };
      signal.addEventListener("abort", () => this.end(() => reject(signal.reason)));
    });
  }

  get busy(): boolean {
    return this.held !== undefined;
  }

  succeed(): void {
    const { resultsFolder } = this.task!;
    writeFileSync(join(resultsFolder, "scan_verdict.json"), "{}");
    const files = [
      { name: "verdict", file: "scan_verdict.json", mediaType: "application/json", bytes: 2 },
    ] as const;
    const { resolve } = this.held!;
    this.end(() => resolve({ files: [...files], foreign: false }));
  }

  fail(error: unknown): void {
    const { reject } = this.held!;
    this.end(() => reject(error));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private end(settle: () => void): void {
    this.held = undefined;
    settle();
  }
}

export const anyServedBundle: ServedBundle = {
  name: "any",
  folder: "/nowhere",
  files: [],
  fingerprint: "f".repeat(64),
  card: {} as never,
  labels: {} as never,
  cardText: "",
};

export interface QueueUnderTest {
  readonly queue: JobQueue;
  /** As many as jobs are worked at once. */
  readonly predictors: readonly HeldPredictor[];
}

/** @param make a queue that works jobs at this place, as many at once as there are predictors */
export function jobQueueContract(
  name: string,
  make: (
    place: Omit<Workplace, "predictor">,
    predictors: readonly HeldPredictor[],
  ) => Promise<QueueUnderTest>,
): void {
  describe(`the queue ${name}`, () => {
    const cleanups: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0)) await cleanup();
    });

    async function setUp(atOnce = 1) {
      const folder = mkdtempSync(join(tmpdir(), "sureseg-queue-"));
      const store = new JobStore(folder);
      const defects: unknown[] = [];
      const bundles = new Map([["any", anyServedBundle]]);
      const onDefect = (_: string, error: unknown): number => defects.push(error);
      const predictors = Array.from({ length: atOnce }, () => new HeldPredictor());
      const { queue } = await make(
        { store, bundles, maxSeconds: 60, maxSeriesBytes: 1024, onDefect },
        predictors,
      );
      const events: [string, JobEvent][] = [];
      queue.listen((id, event) => events.push([id, event]));
      cleanups.push(async () => {
        await queue.close();
        rmSync(folder, { recursive: true, force: true });
      });
      const add = async (): Promise<string> => {
        const id = await store.reserve();
        const { name, fingerprint } = anyServedBundle;
        await store.create(id, { bundle: { name, fingerprint }, image: { files: ["image-0.nii.gz"] } });
        await queue.add(id);
        return id;
      };
      const told = (id: string): string[] =>
        events
          .filter(([of]) => of === id)
          .map(([, event]) => (event.kind === "progress" ? "progress" : `${event.kind} ${event.state}`));
      return { store, queue, predictors, defects, add, told };
    }

    const soon = (condition: () => unknown): Promise<void> =>
      expect.poll(condition, { timeout: 10_000, interval: 10 }).toBeTruthy();

    it("works what is added, tells of it, and has it on disk by then", async () => {
      const { store, predictors, add, told } = await setUp();
      const id = await add();
      await soon(() => predictors[0]!.busy);
      expect((await store.read(id))!.state).toBe("running");
      predictors[0]!.succeed();
      await soon(() => told(id).includes("end done"));
      expect(told(id)).toEqual(["state waiting", "state running", "end done"]);
      expect(await store.read(id)).toMatchObject({ state: "done", attempts: 1, results: { foreign: false } });
    });

    it("works one after the other, first come first served, and counts", async () => {
      const { queue, predictors, add, told } = await setUp();
      const ids = [await add(), await add(), await add()];
      await soon(() => predictors[0]!.busy);
      await expect.poll(() => queue.counts()).toEqual({ waiting: 2, running: 1 });
      for (const id of ids) {
        await soon(() => predictors[0]!.busy);
        predictors[0]!.succeed();
        await soon(() => told(id).includes("end done"));
      }
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0 });
    });

    it("works as many at once as there are predictors", async () => {
      const { queue, predictors, add } = await setUp(2);
      await add();
      await add();
      await add();
      await soon(() => predictors.every(({ busy }) => busy));
      await expect.poll(() => queue.counts()).toEqual({ waiting: 1, running: 2 });
    });

    it("goes on after a job that fails: by the client's fault in its words, by ours without any", async () => {
      const { store, predictors, defects, add, told } = await setUp();
      const [mended, broken] = [await add(), await add()];
      await soon(() => predictors[0]!.busy);
      predictors[0]!.fail(new UserError({ subject: "a", found: "b", expected: "c", advice: "d." }));
      await soon(() => told(mended).includes("end failed"));
      await soon(() => predictors[0]!.busy);
      const defect = new TypeError("DOE^JANE is not a function");
      predictors[0]!.fail(defect);
      await soon(() => told(broken).includes("end failed"));
      const failure = async (id: string): Promise<Job["failure"]> => (await store.read(id))!.failure;
      expect(await failure(mended)).toBe("a: found b, expected c. d.");
      expect(await failure(broken)).not.toContain("DOE");
      expect(defects).toEqual([defect]);
    });

    it("cancels what waits and what is worked, and an unknown job without harm", async () => {
      const { queue, predictors, add, told, store } = await setUp();
      const [first, second, third] = [await add(), await add(), await add()];
      await soon(() => predictors[0]!.busy);
      await queue.cancel("0".repeat(32));
      await queue.cancel(second);
      await queue.cancel(first);
      await store.remove(first);
      await soon(() => told(first).includes("end deleted") && told(second).includes("end deleted"));
      await soon(() => predictors[0]!.busy);
      predictors[0]!.succeed();
      await soon(() => told(third).includes("end done"));
      expect(told(second)).toEqual(["state waiting", "end deleted"]);
    });

    it("knows what waits and what is worked, and nothing else", async () => {
      const { queue, predictors, add, told } = await setUp();
      const [first, second] = [await add(), await add()];
      await soon(() => predictors[0]!.busy);
      expect(await Promise.all([first, second, "0".repeat(32)].map(queue.knows.bind(queue)))).toEqual([
        true,
        true,
        false,
      ]);
      predictors[0]!.succeed();
      await soon(() => told(first).includes("end done"));
      await expect.poll(() => queue.knows(first)).toBe(false);
      await soon(() => predictors[0]!.busy);
    });

    it("is ready until it is closed", async () => {
      const { queue } = await setUp();
      expect(await queue.ready()).toBe(true);
      await queue.close();
      expect(await queue.ready()).toBe(false);
    });
  });
}
