/**
 * The real binary, killed and gone on with: what it leaves is what an undisturbed run leaves, and nothing besides. Kills at random
 * moments, on full disks and with the clock set back are those of `bench/survival`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { binary, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const whole = join(folder, "whole");

const filesBelow = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile())
        .sort()
    : [];

/** What counts of a run: all but when it was, and where it lies. */
const contents = (run: string): Record<string, string> =>
  Object.fromEntries(
    filesBelow(run)
      .filter((name) => !/^(tensorboard\/|configuration\.yaml)/.test(name))
      .map((name) => [name, readFileSync(join(run, name), "hex")]),
  );

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((done) => child.on("close", (_, signal) => done(signal)));

/** Kills the work as soon as something holds. @returns by what it ended */
async function killedWhen(args: readonly string[], holds: () => boolean): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [binary, ...args, "--quiet"], { cwd: folder, stdio: "ignore" });
  const end = ended(child);
  const timer = setInterval(() => holds() && child.kill("SIGKILL"), 2);
  const signal = await end;
  clearInterval(timer);
  return signal;
}

const changes = { updates: 60, validateEvery: 10 };

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("whole", changes), "--quiet");
  expect(status, stderr).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("a training that is killed while it prepares, trains and packs ends as one that was not", async () => {
  const path = configuration("killed", changes);
  const run = join(folder, "killed");
  const moments: (() => boolean)[] = [
    () => filesBelow(join(run, "cache")).length > 2,
    () => existsSync(join(run, "best.safetensors")),
    () => filesBelow(join(run, "bundle")).length > 0,
  ];
  const goOn = (): string[] => (existsSync(join(run, "plan.json")) ? ["--resume"] : []);
  for (const holds of moments) {
    expect(await killedWhen(["train", path, ...goOn()], holds)).toBe("SIGKILL");
  }
  const { status, stderr } = await sureseg("train", path, "--resume", "--quiet");
  expect(status, stderr).toBe(0);
  expect(contents(run)).toEqual(contents(whole));
}, 180_000);

it("a prediction that is killed and run again gives the same files, and none besides", async () => {
  const images = [1, 2, 3].map((number) =>
    join(folder, "data", "phantom_liver_ct", "imagesTr", `case_0${number}.nii.gz`),
  );
  const predict = ["predict", join(whole, "bundle"), ...images, "--modality", "CT", "--overwrite", "--out"];
  expect([0, 3]).toContain((await sureseg(...predict, "undisturbed", "--quiet")).status);
  const out = join(folder, "again");
  expect(await killedWhen([...predict, "again"], () => filesBelow(out).length > 0)).toBe("SIGKILL");
  expect([0, 3]).toContain((await sureseg(...predict, "again", "--quiet")).status);
  expect(contents(out)).toEqual(contents(join(folder, "undisturbed")));
}, 120_000);
