/** `sureseg serve`, `sureseg worker` and `sureseg token`. A server works in the main thread; what it computes, in others. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { addToken, revokeToken } from "../server/access/tokens.js";
import { type ServeOptions, startServer } from "../server/serve.js";
import { startWorker, type WorkOptions } from "../server/work.js";

/** Where the page is built to. */
const PAGE = resolve(import.meta.dirname, "../../app/dist");

/** Prints the address on stdout and serves until it is told to stop, by Ctrl-C or SIGTERM. A second one ends it at once. */
export async function serve(given: ServeOptions): Promise<void> {
  const page = given.page ?? (existsSync(resolve(PAGE, "index.html")) ? PAGE : undefined);
  const server = await startServer({ ...given, page });
  process.stdout.write(`${server.address}\n`);
  await firstSignal();
  await server.stop();
  end();
}

/** Says on stdout that it is ready, and works until it is told to stop, as a server does. */
export async function work(given: WorkOptions): Promise<void> {
  const worker = await startWorker(given);
  process.stdout.write("ready\n");
  await firstSignal();
  await worker.stop();
  end();
}

/** All that is ours has ended. What a library still waits for, a Redis that has gone for example, is not waited for. */
function end(): never {
  process.exit();
}

/** Later signals do what they do without listeners: end the process. */
function firstSignal(): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  return new Promise((done) => {
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      done();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

export interface TokenOptions {
  /** File of tokens. */
  readonly tokens: string;
  readonly revoke: boolean;
}

/** Prints the new token, which is nowhere else. */
export async function token(name: string, { tokens, revoke }: TokenOptions): Promise<void> {
  if (revoke) await revokeToken(tokens, name);
  else process.stdout.write(`${await addToken(tokens, name)}\n`);
}
