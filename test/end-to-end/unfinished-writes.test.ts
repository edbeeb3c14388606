/** What is left when writing fails half way: nothing under a final name that is not whole. */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVolume } from "../../src/formats/index.js";
import { binary, type Outcome, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const path = (name: string): string => join(folder, name);

/** Runs the binary with a limit on the size of any file it writes: to a program, a disk with no more room. */
const withFileLimit = (blocks: number, ...args: string[]): Promise<Outcome> =>
  workplace.run("sh", ["-c", `ulimit -f ${blocks}; exec "$@"`, "sh", process.execPath, binary, ...args]);

const images = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => path(`data/phantom_liver_ct/imagesTr/case_0${n + 1}.nii.gz`));

const predictArgs = (out: string, files: readonly string[]): string[] => [
  "predict",
  path("run/bundle"),
  ...files,
  "--modality",
  "CT",
  "--out",
  path(out),
  "--quiet",
];

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const expectFull = ({ status, stderr }: Outcome): void => {
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^error: .*Free some space/);
};

const left = (where: string): string[] =>
  readdirSync(where, { recursive: true, encoding: "utf8" }).filter((name) => /partial|tmp/.test(name));

describe("no room left", () => {
  it("predict says so once, and leaves no part of a file", async () => {
    expectFull(await withFileLimit(4, ...predictArgs("full", images(1))));
    expect(left(path("full"))).toEqual([]);
  });

  it("train says so once, whichever file comes first, and leaves no part of a file", async () => {
    // The first run meets the limit at a cached case, the second at a checkpoint.
    expectFull(await withFileLimit(8, "train", configuration("full1"), "--quiet"));
    expect(left(path("full1"))).toEqual([]);
    mkdirSync(path("full2"));
    expect((await sureseg("train", configuration("full2", { updates: 1 }), "--quiet")).status).toBe(0);
    rmSync(path("full2/last.safetensors"));
    expectFull(await withFileLimit(80, "train", configuration("full2"), "--quiet"));
    expect(readdirSync(path("full2"))).not.toContain("last.safetensors");
    expect(left(path("full2"))).toEqual([]);
  });
});

it("killed in the middle of predictions, every file under a final name is whole", async () => {
  for (const milliseconds of [0, 15, 40]) {
    const out = `killed${milliseconds}`;
    const child = spawn(process.execPath, [binary, ...predictArgs(out, images(7))], { cwd: folder });
    await new Promise((ready) => child.stdout.once("data", ready));
    await new Promise((ready) => setTimeout(ready, milliseconds));
    child.kill("SIGKILL");
    await new Promise((closed) => child.on("close", closed));
    const names = readdirSync(path(out)).filter((name) => !name.endsWith(".partial"));
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) {
      const bytes = readFileSync(join(path(out), name));
      if (name.endsWith(".json")) expect(JSON.parse(bytes.toString())).toHaveProperty("pValue");
      else expect((await readVolume(bytes, name)).shape).toEqual([24, 24, 20]);
    }
  }
});
