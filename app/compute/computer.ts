/** The worker, seen from the page: it can be stopped at any moment, and when it dies another takes its place. */
import { type Remote, wrap } from "comlink";
import type { PageWorker, WorkerSettings } from "./protocol.js";

/** The work was stopped on request. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** The worker is gone: the browser ended it, or it could not be started. */
export class WorkerLost extends Error {
  override readonly name = "WorkerLost";
}

export class Computer {
  private current: Running;

  constructor(private readonly settings: WorkerSettings) {
    this.current = started(settings);
  }

  /** @throws Cancelled when `restart` is called meanwhile, WorkerLost when the worker dies, else what the work throws */
  run<Result>(work: (worker: Remote<PageWorker>) => Promise<Result>): Promise<Result> {
    const { remote, ended } = this.current;
    return Promise.race([work(remote), ended]);
  }

  /** Ends the worker, whatever it does, and starts another, which knows nothing of what this one held. */
  restart(): void {
    this.current.end(new Cancelled("stopped"));
    this.current = started(this.settings);
  }
}

interface Running {
  readonly remote: Remote<PageWorker>;
  /** Never resolves; rejects when the worker is gone. */
  readonly ended: Promise<never>;
  end(reason: Error): void;
}

function started(settings: WorkerSettings): Running {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<PageWorker>(worker);
  let reject: (reason: Error) => void = () => {};
  const ended = new Promise<never>((_, rejected) => {
    reject = rejected;
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  worker.addEventListener("error", (event) => reject(new WorkerLost(event.message)));
  const running: Running = {
    remote,
    ended,
    end(reason) {
      worker.terminate();
      reject(reason);
    },
  };
  remote.begin(settings).catch((error) => reject(new WorkerLost(String(error))));
  return running;
}
