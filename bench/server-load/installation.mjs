/** Redis that keeps its data, the server and a worker: the real programs, as an operator starts them. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort, started } from "../survival/job.mjs";
import { binary, killGroup } from "../survival/processes.mjs";

/** @param limits options of `sureseg serve` */
export async function startInstallation(folder, { bundle, limits }) {
  const redis = await startRedis(join(folder, "redis"));
  const common = [bundle, "--queue", redis.url, "--work", join(folder, "work"), "--log", "warn"];
  const program = (args) => started(process.execPath, [binary, ...args]);
  const server = await program(["serve", ...common, "--port", "0", ...limits]).catch(stopping(redis));
  const worker = await program(["worker", ...common, "--threads", "1"]).catch(stopping(redis, server));
  return {
    redis,
    address: server.line,
    jobs: join(folder, "work", "jobs"),
    /** What is watched, by name. */
    processes: { server: server.child, worker: worker.child },
    log: () => [server, worker].flatMap(({ stderr }) => linesOf(stderr())),
    stop() {
      for (const { child } of [server, worker]) killGroup(child.pid);
      redis.stop();
    },
  };
}

const stopping =
  (redis, ...others) =>
  (error) => {
    for (const { child } of others) killGroup(child.pid);
    redis.stop();
    throw error;
  };

/** What a log holds, without lines that are cut off or not of the log. */
const linesOf = (text) =>
  text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });

async function startRedis(folder) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
  ];
  let running;
  const ended = () => new Promise((done) => running.once("exit", done));
  const start = async () => {
    running = (await started("redis-server", args)).child;
  };
  const end = async (signal) => {
    const over = ended();
    running.kill(signal);
    await over;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    end,
    signal: (name) => running.kill(name),
    forget() {
      for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true });
    },
    stop: () => killGroup(running.pid),
  };
}

/** Of a process: resident memory in MiB, and the processor time that it has used, in seconds. */
export function usageOf({ pid }) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  // The name in brackets may hold blanks; user and system time are the 12th and 13th word after it (proc(5)).
  const words = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { memory: Number(kilobytes) / 1024, seconds: (Number(words[11]) + Number(words[12])) / TICKS };
}

/** Clock ticks a second, as proc(5) counts processor time. */
const TICKS = 100;
