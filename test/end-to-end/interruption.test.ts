/** The real binary when it is interrupted, when its reader goes away, and while its engine computes. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { binary, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const bundle = join(folder, "run", "bundle");
const liver = join(folder, "data", "phantom_liver_ct");
const image = (number: number): string => join(liver, "imagesTr", `case_0${number}.nii.gz`);
const images = [1, 2, 3, 4, 5, 6, 7].map(image);
const predictArgs = (out: string): string[] => [
  "predict",
  bundle,
  ...images,
  "--modality",
  "CT",
  "--out",
  out,
];

interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; end: Promise<End> } {
  const child = spawn(process.execPath, [binary, ...args], { cwd: folder, env: { ...process.env, ...env } });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const end = new Promise<End>((done) =>
    child.on("close", (status, signal) => done({ status, signal, stderr })),
  );
  return { child, end };
}

/** Resolves when the work has said `text` on stderr; rejects where it ends without. */
const said = (child: ChildProcess, text: string): Promise<void> =>
  new Promise((done, fail) => {
    let all = "";
    child.stderr!.on("data", (chunk) => {
      all += chunk;
      if (all.includes(text)) done();
    });
    child.on("close", () => fail(new Error(`ended without saying "${text}": ${all}`)));
  });

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a reader that closes early", () => {
  it("ends neither the batch nor its exit status", async () => {
    const whole = await sureseg(...predictArgs("whole"), "--quiet");
    expect([0, 3], whole.stderr).toContain(whole.status);
    const { child, end } = start([...predictArgs("read"), "--quiet"]);
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await end).toEqual({ status: whole.status, signal: null, stderr: "" });
    for (const name of ["case_01", "case_07"])
      expect(readFileSync(join(folder, "read", `${name}_mask.nii.gz`))).toEqual(
        readFileSync(join(folder, "whole", `${name}_mask.nii.gz`)),
      );
  });

  it("of stderr ends nothing either", async () => {
    const { child, end } = start(predictArgs("unseen"));
    child.stderr!.destroy();
    expect([0, 3]).toContain((await end).status);
    expect(existsSync(join(folder, "unseen", "case_07_mask.nii.gz"))).toBe(true);
  });
});

it.skipIf(process.platform !== "linux")(
  "a full disk behind stdout is an error, and the files are written",
  async () => {
    const command = 'exec "$0" "$@" > /dev/full';
    const outcome = await workplace.run("sh", [
      ...["-c", command, process.execPath, binary, ...predictArgs("full"), "--quiet"],
    ]);
    expect(outcome.stderr).toMatch(/^error: standard output: found a full disk, .*\n$/);
    expect(outcome.status).toBe(1);
    expect(existsSync(join(folder, "full", "case_07_mask.nii.gz"))).toBe(true);
  },
);

it("a home folder that cannot be written is no matter for the engine", async () => {
  const { end } = start([...predictArgs("homeless"), "--quiet"], {
    HOME: join(folder, "data", "nowhere", "x"),
  });
  const { status, stderr } = await end;
  expect(stderr).toBe("");
  expect([0, 3]).toContain(status);
});

describe("Ctrl-C", () => {
  const study = join(folder, "study.yaml");
  const commands: [string, string, string[]][] = [
    ["demo", "making phantom datasets", ["demo", "--out", "demo"]],
    ["datasets inspect", "inspecting", ["datasets", "inspect", liver, "--no-picture"]],
    ["train, while it prepares", "preparing", ["train", "early.yaml"]],
    ["train", "training", ["train", "late.yaml"]],
    ["study", "training", ["study", study]],
    ["study in processes", "working", ["study", study, "--processes", "2"]],
    ["evaluate", "evaluating", ["evaluate", "run"]],
    ["predict", "predicting", predictArgs("stopped")],
  ];

  beforeAll(() => {
    configuration("early");
    configuration("late", { updates: 10_000, validateEvery: 5_000 });
    const datasets = ["liver_ct", "kidneys_mr_t2"].map((name) => ({
      folder: `data/phantom_${name}`,
      organs: { [name.split("_")[0]!]: [1] },
    }));
    writeFileSync(
      study,
      stringify({
        name: "tiny",
        output: "study",
        datasets,
        preparation: { spacing: { policy: "fit", voxels: 24 } },
        network: { channels: 4, levels: 2 },
        patch: [16, 16, 16],
        updatesPerDataset: 5_000,
        alpha: 0.5,
      }),
    );
  });

  it.each(commands)("during %s stops it with status 130 and no error", async (_, stage, args) => {
    const { child, end } = start(args);
    await said(child, stage);
    child.kill("SIGINT");
    const { status, stderr } = await end;
    expect(stderr).toContain("press Ctrl-C again");
    expect(stderr).not.toMatch(/error/);
    expect(status, stderr).toBe(130);
  });
});

describe("while the engine computes", () => {
  const predict = [
    "predict",
    join(folder, "slow", "bundle"),
    ...images,
    "--modality",
    "CT",
    "--threads",
    "1",
  ];

  beforeAll(async () => {
    // One update of a network so wide that each of its windows takes most of a second
    // on a slow machine, and still long enough to be felt on one three times as fast.
    const path = configuration("slow", {
      preparation: { spacing: { policy: "fit", voxels: 32 } },
      datasets: [{ folder: "data/phantom_liver_ct", organs: { liver: [1] } }],
      network: { channels: 72, levels: 2 },
      patch: [32, 32, 32],
      batch: 1,
      updates: 1,
      validateEvery: 1,
      augmentation: { enabled: false },
      guard: { alpha: 0.2 },
    });
    const { status, stderr } = await sureseg("train", path, "--quiet");
    expect(status, stderr).toBe(0);
  });

  it("progress and signals are not held up", async () => {
    const gaps = join(folder, "gaps");
    const measure = resolve(import.meta.dirname, "event-loop-gap.mjs");
    const outcome = await workplace.run("env", [
      `GAP_FILES=${gaps}`,
      ...[process.execPath, "--import", measure, binary, ...predict, "--out", "slow-out", "--quiet"],
    ]);
    expect([0, 3], outcome.stderr).toContain(outcome.status);
    const gap = (thread: string): number => Number(readFileSync(`${gaps}.${thread}`, "utf8"));
    expect(gap("worker")).toBeGreaterThan(200);
    expect(gap("main")).toBeLessThan(gap("worker") / 2);
  });

  it("a second Ctrl-C ends the work within 200 ms, as an interrupt", { retry: 2 }, async () => {
    const { child, end } = start([...predict, "--out", "cut"]);
    await said(child, "predicting");
    child.kill("SIGINT");
    await said(child, "Ctrl-C again");
    const asked = performance.now();
    child.kill("SIGINT");
    const { status, signal, stderr } = await end;
    expect(performance.now() - asked).toBeLessThan(200);
    // What a shell calls status 130.
    expect({ status, signal }).toEqual({ status: null, signal: "SIGINT" });
    expect(stderr).not.toMatch(/terminate|error/);
  });
});
