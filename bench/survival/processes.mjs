/** Processes of the real binary that can be killed with all that they started, or one by one. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

export const binary = join(import.meta.dirname, "../../dist/cli/main.js");

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** @returns a work: `ended` gives `{ status, stderr }`, `pids` the process and those that it started */
export function startCommand(args, environment = {}) {
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise((done) => child.on("close", (status) => done({ status, stderr })));
  return { ended, pids: () => [child.pid, ...childrenOf(child.pid)], stop: () => killGroup(child.pid) };
}

function childrenOf(pid) {
  try {
    return execFileSync("ps", ["--ppid", String(pid), "-o", "pid="], { encoding: "utf8" })
      .trim()
      .split(/\s+/)
      .map(Number);
  } catch {
    return [];
  }
}

export function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Kills without a warning: the process alone, one that it started, or all of them. */
export function killSome(work, random) {
  const [parent, ...children] = work.pids();
  const chosen = random.below(3);
  if (children.length === 0 || chosen === 0) return kill(parent);
  if (chosen === 1) return kill(children[random.below(children.length)]);
  return work.stop();
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
