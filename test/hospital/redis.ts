/** A scratch Redis on loopback, from Debian's package `redis-server`. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type RedisAddress, redisAt } from "../../src/server/jobs/redis-connection.js";
import { freePort } from "./free-port.js";

const binary = "redis-server";

/** Why tests with Redis cannot run here; undefined where they can. */
export const redisMissing: string | undefined =
  spawnSync(binary, ["--version"]).status === 0 ? undefined : "Debian's redis-server is not installed";

export class RedisServer {
  private readonly folder = mkdtempSync(join(tmpdir(), "redis-"));
  private port = 0;
  private process?: ChildProcess;
  private client?: Redis;

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get address(): RedisAddress {
    return redisAt(this.url, {});
  }

  /** Starts it, for the first time or again, and waits until it answers. */
  async start(): Promise<void> {
    this.port ||= await freePort();
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--dir", this.folder];
    this.process = spawn(binary, args, { stdio: "ignore" });
    this.client = new Redis(this.address);
    this.client.on("error", () => {});
    await this.client.ping();
  }

  /** All that it holds, as text. */
  async contents(): Promise<string> {
    const { client } = this;
    const found: string[] = [];
    for (const key of await client!.keys("*")) {
      const type = await client!.type(key);
      if (type === "hash") found.push(key, JSON.stringify(await client!.hgetall(key)));
      else if (type === "stream") found.push(key, JSON.stringify(await client!.xrange(key, "-", "+")));
      else found.push(key);
    }
    return found.join("\n");
  }

  async empty(): Promise<void> {
    await this.client!.flushall();
  }

  /** Ends it, with all that it holds; it may be started again where it was. */
  async leave(): Promise<void> {
    this.client?.disconnect();
    const { process } = this;
    this.process = undefined;
    if (process === undefined) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGTERM");
    await ended;
  }

  /** Keeps its connections and answers nothing, as a machine that hangs does. */
  freeze(): void {
    this.process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.process?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.leave();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
