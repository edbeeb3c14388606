/**
 * The real binary where a write fails or is cut off: one clear message, and no file under its final name that is not
 * whole. The disk is made full by a limit on the size of files (RLIMIT_FSIZE), which needs no rights.
 */

import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { Random } from "../../src/base/index.js";
import { makePhantomDatasets } from "../../src/dataset/index.js";
import { readVolume, writeVolume } from "../../src/sources/index.js";
import { affineFromSpacing } from "../../src/volume/index.js";

const binary = resolve(import.meta.dirname, "../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "sureseg-full-"));
const trained = join(folder, "run");
const bundle = join(trained, "bundle");
const small = join(folder, "data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz");
const large = join(folder, "large.nii");

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs the binary where no file may grow beyond `blocks` of 512 bytes. */
function suresegWithin(blocks: number | "unlimited", ...args: string[]): Promise<Outcome> {
  const command = `ulimit -f ${blocks}; exec "$0" "$@"`;
  return new Promise((done) => {
    execFile(
      "sh",
      ["-c", command, process.execPath, binary, ...args, "--quiet"],
      { cwd: folder },
      (error, _, stderr) => {
        done({ status: error ? (error.code as number) : 0, stderr });
      },
    );
  });
}

function configuration(output: string): string {
  const path = join(folder, `${output}.yaml`);
  writeFileSync(
    path,
    stringify({
      name: "tiny",
      output,
      datasets: [{ folder: "data/phantom_liver_ct", organs: { liver: [1] } }],
      preparation: { spacing: { policy: "fit", voxels: 24 } },
      network: { channels: 4, levels: 2 },
      patch: [16, 16, 16],
      updates: 4,
      validateEvery: 2,
      workers: 0,
      split: { validation: 0 },
    }),
  );
  return path;
}

const predictArgs = (out: string, ...images: string[]): string[] => [
  "predict",
  bundle,
  ...images,
  "--modality",
  "CT",
  "--out",
  out,
];

const filesBelow = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
        statSync(join(path, name)).isFile(),
      )
    : [];

const expectOneMessage = ({ status, stderr }: Outcome): void => {
  expect(stderr).toMatch(
    /^error: \S+: found a (file larger than the file system allows|full disk), .*\n(1 of 1 images could not be predicted\.\n)?$/,
  );
  expect(stderr).toContain("Free some space");
  expect(status).toBe(1);
};

/** Every file that has its final name can be read to its end. */
async function expectWhole(out: string): Promise<void> {
  for (const name of filesBelow(out)) {
    if (name.endsWith(".partial")) continue;
    const bytes = readFileSync(join(out, name));
    if (name.endsWith(".json")) expect(JSON.parse(bytes.toString()), name).toHaveProperty("foreign");
    else expect((await readVolume(bytes, name)).data.length, name).toBeGreaterThan(0);
  }
}

beforeAll(async () => {
  await makePhantomDatasets(join(folder, "data"), {
    casesPerDataset: 12,
    foreignCasesPerKind: 1,
    shape: [24, 24, 20],
  });
  // Noise, so that its confidence map is several megabytes and takes long enough to write to be cut off.
  const random = new Random(1);
  const data = Int16Array.from({ length: 128 ** 3 }, () => 1000 * random.uniform());
  const volume = { shape: [128, 128, 128] as const, channels: 1, affine: affineFromSpacing([2, 2, 2]), data };
  writeFileSync(large, await writeVolume(volume, large));
  const { status, stderr } = await suresegWithin("unlimited", "train", configuration("run"));
  expect(status, stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32")("a full disk", () => {
  it("while predicting: says so, and leaves neither half a file nor a mask without its verdict", async () => {
    const whole = join(folder, "whole");
    expect([0, 3]).toContain((await suresegWithin("unlimited", ...predictArgs(whole, small))).status);
    const sizes = filesBelow(whole).map((name) => statSync(join(whole, name)).size);
    expect(sizes).toHaveLength(3);
    // Room for all but the largest file, for all but the two largest, for none.
    for (const room of [...sizes.map((size) => size - 1), 0]) {
      const out = join(folder, `room-${room}`);
      const outcome = await suresegWithin(Math.floor(room / 512), ...predictArgs(out, small));
      expectOneMessage(outcome);
      expect(outcome.stderr).toContain(out);
      await expectWhole(out);
      const left = filesBelow(out);
      expect(left.filter((name) => name.endsWith(".partial"))).toEqual([]);
      if (left.includes("case_01_mask.nii.gz")) expect(left).toContain("case_01_verdict.json");
    }
  });

  it("while predicting over older results: they stay as they were", async () => {
    const out = join(folder, "older");
    mkdirSync(out);
    for (const name of ["mask.nii.gz", "confidence.nii.gz", "verdict.json"])
      writeFileSync(join(out, `case_01_${name}`), "older");
    expectOneMessage(await suresegWithin(0, ...predictArgs(out, small), "--overwrite"));
    expect(filesBelow(out)).toHaveLength(3);
    for (const name of filesBelow(out)) expect(readFileSync(join(out, name), "utf8")).toBe("older");
  });

  it("while training, at whatever file: says so, and goes on from there once there is room", async () => {
    const path = configuration("cramped");
    const run = join(folder, "cramped");
    const sizes = filesBelow(trained).map((name) => Math.ceil(statSync(join(trained, name)).size / 512));
    const rooms = [...new Set([0, ...sizes.map((blocks) => blocks - 1)])].sort((a, b) => a - b);
    expect(rooms.length).toBeGreaterThan(3);
    const goOn = (): string[] => (existsSync(join(run, "plan.json")) ? ["--resume"] : []);
    for (const blocks of rooms) {
      expectOneMessage(await suresegWithin(blocks, "train", path, ...goOn()));
      expect(filesBelow(run).filter((name) => name.endsWith(".partial"))).toEqual([]);
    }
    const { status, stderr } = await suresegWithin("unlimited", "train", path, ...goOn());
    expect(status, stderr).toBe(0);
    const model = (output: string): Buffer => readFileSync(join(folder, output, "bundle", "model.onnx"));
    expect(model("cramped").length).toBe(model("run").length);
  });
});

describe("a process that is killed", () => {
  it("in the middle of writing a prediction leaves no file that is not whole", async () => {
    const out = join(folder, "killed");
    mkdirSync(out);
    const copies = [1, 2, 3].map((number) => join(folder, `copy${number}.nii`));
    for (const copy of copies) cpSync(large, copy);
    const child = spawn(process.execPath, [binary, ...predictArgs(out, ...copies), "--quiet"]);
    const seen: string[] = [];
    // The confidence map is the largest file; the kill comes as soon as it begins to be written.
    const watcher = watch(out, (_, name) => {
      seen.push(name ?? "");
      if (name?.includes("copy2_confidence")) child.kill("SIGKILL");
    });
    const signal = await new Promise((done) => child.on("close", (_, by) => done(by)));
    watcher.close();
    expect(signal, seen.join()).toBe("SIGKILL");
    await expectWhole(out);
    const left = filesBelow(out);
    expect(left).toContain("copy1_mask.nii.gz");
    expect(left.some((name) => name.startsWith("copy3"))).toBe(false);
  });
});
