import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { thisProcess } from "../../threads/process-identity.js";
import { takeClaim } from "./claim.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-claim-"));
  path = join(folder, "claim");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const longAgo = new Date(Date.now() - 24 * 3600 * 1000);
/** Stops this thread, as a long step of the engine does. */
const block = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/** Another process that takes the claim, and what it says when it has it. */
async function claimElsewhere(): Promise<ChildProcess> {
  const module = resolve(import.meta.dirname, "../../../dist/study/units/claim.js");
  const code = `const { takeClaim } = await import(process.argv[1]);
    if ((await takeClaim(process.argv[2])) === undefined) process.exit(1);
    console.log("taken");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, module, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((ready, failed) => {
    child.stdout!.once("data", ready);
    child.once("exit", failed);
  });
  return child;
}

const ended = (child: ChildProcess): Promise<void> => new Promise((done) => child.once("exit", () => done()));

it("is held by one, and given back", async () => {
  const release = await takeClaim(path);
  expect(release).toBeDefined();
  expect(await takeClaim(path)).toBeUndefined();
  await release!();
  expect(readdirSync(folder)).toEqual([]);
  expect(await takeClaim(path)).toBeDefined();
});

it("stays with a process that runs, however long it shows no sign of life", async () => {
  const release = await takeClaim(path, { renewal: 1e6, silence: 0 });
  utimesSync(path, longAgo, longAgo);
  expect(await takeClaim(path, { renewal: 1e6, silence: 0 })).toBeUndefined();
  await release!();
});

it("shows signs of life while the main thread is blocked", async () => {
  const release = await takeClaim(path, { renewal: 20, silence: 1e6 });
  const silent = (): boolean => Date.now() - statSync(path).mtimeMs > 3600 * 1000;
  utimesSync(path, longAgo, longAgo);
  // The thread has begun.
  await expect.poll(silent, { timeout: 30_000 }).toBe(false);
  utimesSync(path, longAgo, longAgo);
  for (let waited = 0; silent() && waited < 100; waited++) block(100);
  expect(silent()).toBe(false);
  await release!();
});

it("of another process is respected while that one runs, and taken over as soon as it is killed", async () => {
  const child = await claimElsewhere();
  utimesSync(path, longAgo, longAgo);
  expect(await takeClaim(path, { renewal: 1e6, silence: 0 })).toBeUndefined();
  child.kill("SIGKILL");
  await ended(child);
  expect(await takeClaim(path)).toBeDefined();
});

it("is not fooled by a number of a process that was used again", async () => {
  const reused = { ...thisProcess(), began: "1" };
  writeFileSync(path, JSON.stringify({ token: "old", process: reused }));
  expect(await takeClaim(path)).toBeDefined();
});

it.each([
  ["of another machine", JSON.stringify({ token: "x", process: { ...thisProcess(), machine: "elsewhere" } })],
  ["cut off", '{"token":'],
  ["empty", ""],
])("%s counts as dead after a long silence by one's own clock, whatever its time says", async (_, text) => {
  writeFileSync(path, text);
  utimesSync(path, longAgo, longAgo);
  const clock = vi.spyOn(performance, "now");
  const takenAt = async (now: number): Promise<boolean> => {
    clock.mockReturnValue(now);
    return (await takeClaim(path, { renewal: 1e6, silence: 150 })) !== undefined;
  };
  expect(await takenAt(0)).toBe(false);
  expect(await takenAt(149)).toBe(false);
  // A sign of life.
  utimesSync(path, new Date(), new Date());
  expect(await takenAt(160)).toBe(false);
  expect(await takenAt(309)).toBe(false);
  expect(await takenAt(310)).toBe(true);
  clock.mockRestore();
});

it("of a dead process goes to one of many who find it", async () => {
  for (let round = 0; round < 10; round++) {
    writeFileSync(path, JSON.stringify({ token: `${round}`, process: { ...thisProcess(), began: "1" } }));
    const taken = await Promise.all(Array.from({ length: 8 }, () => takeClaim(path)));
    const releases = taken.filter((release) => release !== undefined);
    expect(releases).toHaveLength(1);
    await releases[0]!();
    expect(readdirSync(folder)).toEqual([]);
  }
});

it("of a dead process is not blocked by another that died while it removed it", async () => {
  const dead = JSON.stringify({ token: "dead", process: { ...thisProcess(), began: "1" } });
  writeFileSync(path, dead);
  writeFileSync(`${path}-removal`, dead);
  expect(await takeClaim(path)).toBeDefined();
  expect(readdirSync(folder)).toEqual(["claim"]);
});

it.skipIf(process.platform !== "linux")(
  "is not left behind empty where there is no room for it",
  async () => {
    const module = resolve(import.meta.dirname, "../../../dist/study/units/claim.js");
    const code = `const { takeClaim } = await import(process.argv[1]);
    await takeClaim(process.argv[2]).catch(({ message }) => console.log(message));`;
    const { stdout } = spawnSync(
      "sh",
      [
        "-c",
        'ulimit -f 0; exec "$0" "$@"',
        process.execPath,
        "--input-type=module",
        "-e",
        code,
        module,
        path,
      ],
      { encoding: "utf8" },
    );
    expect(stdout).toMatch(/claim: found a file larger than the file system allows, .*Free some space/);
    expect(readdirSync(folder)).toEqual([]);
  },
);

it("that another took over is left alone by its first holder", async () => {
  const release = await takeClaim(path);
  writeFileSync(path, "another's");
  await release!();
  expect(readFileSync(path, "utf8")).toBe("another's");
});
