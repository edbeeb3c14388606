/** The real `sureseg worker`. */
import { type ChildProcess, spawn } from "node:child_process";
import { binary } from "../end-to-end/workplace.js";

export class RunningWorker {
  private constructor(
    readonly child: ChildProcess,
    private readonly ended: Promise<number | null>,
    private readonly heard: { stderr: string },
  ) {}

  /** @param args after `sureseg worker` */
  static async start(args: readonly string[], cwd: string): Promise<RunningWorker> {
    const child = spawn(process.execPath, [binary, "worker", ...args], { cwd });
    const heard = { stderr: "" };
    child.stderr.on("data", (chunk) => {
      heard.stderr += chunk;
    });
    const ended = new Promise<number | null>((done) => child.on("close", done));
    await new Promise<void>((done, fail) => {
      child.stdout.once("data", () => done());
      child.on("close", () => fail(new Error(`the worker ended: ${heard.stderr}`)));
    });
    return new RunningWorker(child, ended, heard);
  }

  /** All that it has said on stderr. */
  get log(): string {
    return this.heard.stderr;
  }

  /** @returns its exit status */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}
