import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { writeFileAtomically } from "../dataset/index.js";
import { networkStride } from "../network/index.js";
import { writeVolume } from "../sources/index.js";
import { affineFromSpacing, type Shape, type Vector, voxelCount } from "../volume/index.js";
import { affordableRun } from "./affordable-run.js";
import { type Configuration, parseConfiguration } from "./configuration.js";
import { nodeEngine } from "./engines/node.js";
import { openRun, reopenRun } from "./open-run.js";
import { readPlan, writePlan } from "./plan.js";
import { type PreparedRun, prepareRun } from "./prepare-run.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-resolution-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said: string[] = [];
const stages: string[] = [];
const hooks = {
  stage: (label: string) => stages.push(label),
  progress: () => {},
  said: (sentence: string) => said.push(sentence),
};

interface Drawn {
  readonly name: string;
  readonly shape: Shape;
  readonly spacing: Vector;
  /** mm, in the middle of the image; the second ball, of label 2, lies beside it. */
  readonly radii: readonly [number, number];
}

const CASES = 6;

async function write({ name, shape, spacing, radii }: Drawn): Promise<string> {
  const [ni, nj] = shape;
  for (let one = 0; one < CASES; one++) {
    const away = (at: number, share: number): number => {
      const voxel = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
      const middle = shape.map((size, axis) => (size - 1) * (axis === 0 ? share : 0.5) + 0.1 * one);
      return Math.hypot(...voxel.map((index, axis) => (index - middle[axis]!) * spacing[axis]!));
    };
    const count = voxelCount(shape);
    const labels = Uint8Array.from({ length: count }, (_, at) =>
      away(at, 0.35) < radii[0] ? 1 : away(at, 0.8) < radii[1] ? 2 : 0,
    );
    const values = Int16Array.from(labels, (label, at) => 100 * label + ((at * 7919) % 23));
    const grid = { shape, affine: affineFromSpacing(spacing), channels: 1 };
    const paths = ["images", "labels"].map((part) => join(folder, name, part, `case_${one}.nii.gz`));
    await writeFileAtomically(paths[0]!, await writeVolume({ ...grid, data: values }, paths[0]!));
    await writeFileAtomically(paths[1]!, await writeVolume({ ...grid, data: labels }, paths[1]!));
  }
  return join(folder, name);
}

/** A small organ in thin voxels and thick slices, and a large one in even voxels of another size. */
const thin: Drawn = { name: "thin", shape: [60, 44, 10], spacing: [0.5, 0.5, 2], radii: [7, 3] };
const even: Drawn = { name: "even", shape: [22, 24, 20], spacing: [4, 4, 4], radii: [25, 16] };

function configured(changes: object = {}): Configuration {
  const { name = "run" } = changes as { name?: string };
  return parseConfiguration(
    {
      name,
      output: join(folder, "runs", name),
      datasets: [
        { folder: join(folder, "thin"), organs: { ball: [1] } },
        { folder: join(folder, "even"), organs: { globe: [1] } },
      ],
      preparation: { cropToForeground: false },
      network: { channels: 2, levels: 3 },
      budget: { patchVoxels: 1024 },
      ...changes,
    },
    "test",
  );
}

const prepare = (changes: object = {}): Promise<PreparedRun> => prepareRun(configured(changes), hooks);
const votedFor = ({ configuration: { preparation } }: PreparedRun): number => {
  if (preparation.spacing.policy !== "budget") throw new Error("no budget");
  return preparation.spacing.voxels;
};

beforeAll(async () => {
  await write(thin);
  await write(even);
});

describe("the plan", () => {
  it("gives images the fewest voxels, from two patches on, in which the organs of every dataset survive", async () => {
    const run = await prepare();
    const voxels = votedFor(run);
    expect(Number.isInteger(Math.log2(voxels / 2048))).toBe(true);
    const { datasets } = run.resolution!;
    for (const { ceiling } of datasets) expect(ceiling.mean).toBeGreaterThanOrEqual(0.95);
    const halved = await prepare({
      preparation: { cropToForeground: false, spacing: { policy: "budget", voxels: voxels / 2 } },
      name: "halved",
    });
    const lost = halved.resolution!.datasets.some(({ ceiling }) => ceiling.mean < 0.95);
    expect(voxels === 2048 || lost).toBe(true);
    expect(run.cases.every(({ grid }) => voxelCount(grid.shape) <= voxels)).toBe(true);
    // Nothing is made finer; thick slices stay.
    const seen = run.cases.find(({ dataset }) => dataset === "thin")!;
    expect(seen.grid.shape[2]).toBe(10);
    expect(seen.ceiling.together).toBeGreaterThan(0.9);
  });

  it("asks for more voxels where more of the organs is to be kept, or organs are told apart", async () => {
    const spacing = (ceiling: number) => ({
      preparation: { cropToForeground: false, spacing: { policy: "planned", ceiling } },
      name: `ceiling-${ceiling}`,
    });
    const [loose, tight] = [votedFor(await prepare(spacing(0.5))), votedFor(await prepare(spacing(0.999)))];
    expect(loose).toBe(2048);
    expect(tight).toBeGreaterThan(votedFor(await prepare()));
    const both = [
      { folder: join(folder, "thin"), organs: { ball: [1], marble: [2] } },
      { folder: join(folder, "even"), organs: { globe: [1] } },
    ];
    const apart = await prepare({ datasets: both, labelMode: "union", name: "union" });
    const together = await prepare({ datasets: both, name: "shared" });
    expect(votedFor(apart)).toBeGreaterThanOrEqual(votedFor(together));
    const worst = (run: PreparedRun): number => run.resolution!.datasets[0]!.ceiling.lowest;
    if (votedFor(apart) === votedFor(together)) expect(worst(apart)).toBeLessThan(worst(together));
  });

  it("chooses a patch within its budget, and strides as thick as the slices, and says so", async () => {
    said.length = 0;
    const { configuration, network, windows } = await prepare({
      datasets: [{ folder: join(folder, "thin"), organs: { ball: [1] } }],
      preparation: { cropToForeground: false, spacing: { policy: "budget", voxels: 4096 } },
      name: "thin-alone",
    });
    const { patch } = configuration;
    expect(voxelCount(patch)).toBeLessThanOrEqual(1024);
    expect(patch[2]).toBeLessThan(patch[0]);
    expect(configuration.network.strides![0]).toEqual([2, 2, 1]);
    expect(patch.every((size, axis) => size % networkStride(configuration.network)[axis]! === 0)).toBe(true);
    expect(network.stride).toEqual(networkStride(configuration.network));
    expect(windows.window).toEqual(patch);
    expect(said[0]).toMatch(
      /^thin: images of 60 x 44 x 10 voxels of 0\.5 x 0\.5 x 2 mm, seen as .*training images\)$/,
    );
    expect(said[1]).toBe(
      `patches of ${patch.join(" x ")} voxels, strides ${configuration.network.strides!.map((one) => one.join("x")).join(", ")}`,
    );
  });

  it("takes what is given as it is given", async () => {
    stages.length = 0;
    const spacing = { policy: "fit", voxels: 16 } as const;
    const given = {
      preparation: { spacing },
      patch: [16, 16, 8],
      name: "given",
      network: { levels: 2, channels: 2 },
    };
    const run = await prepare(given);
    expect(run.resolution).toBeUndefined();
    expect(run.configuration).toEqual(run.asked);
    expect(stages.some((label) => label.startsWith("planning"))).toBe(false);
    const fitted = await prepare({ preparation: { spacing }, name: "fitted" });
    expect(fitted.configuration.preparation.spacing).toEqual(spacing);
    expect(voxelCount(fitted.configuration.patch)).toBeLessThanOrEqual(1024);
  });

  it("looks at training images alone, and at each once", async () => {
    const run = await prepare();
    const training = (dataset: string): number =>
      run.split.train.filter((key) => key.startsWith(`${dataset}/`)).length;
    expect(run.resolution!.datasets.map(({ images }) => images)).toEqual([
      training("thin"),
      training("even"),
    ]);
    const before = JSON.stringify(run.resolution);
    const label = join(
      folder,
      run.split.test.find((key) => key.startsWith("thin/"))!.replace("/", "/labels/"),
    ).concat(".nii.gz");
    const bytes = await readFile(label);
    const other = join(
      folder,
      run.split.train.find((key) => key.startsWith("thin/"))!.replace("/", "/labels/"),
    ).concat(".nii.gz");
    await writeFile(label, await readFile(other));
    expect(JSON.stringify((await prepare()).resolution)).toBe(before);
    await writeFile(label, bytes);
  });

  it("warns where an organ is lost all the same", async () => {
    said.length = 0;
    await prepare({
      budget: { patchVoxels: 512 },
      network: { channels: 2, levels: 2 },
      preparation: { cropToForeground: false, spacing: { policy: "planned", ceiling: 0.9999 } },
      name: "lost",
    });
    const warnings = said.filter((sentence) => /raise budget\.patchVoxels|less than half/.test(sentence));
    expect(warnings.length).toBeGreaterThan(0);
  });
});

describe("what was planned", () => {
  it("is also how many updates fit into some minutes, whatever a later measurement would say", async () => {
    const minutes = (count: number) => ({ budget: { patchVoxels: 1024, minutes: count }, name: "minutes" });
    const prepared = await prepare(minutes(0.01));
    const run = await affordableRun(prepared, nodeEngine(), hooks);
    const { updates } = run.configuration;
    expect(Number.isInteger(updates)).toBe(true);
    expect(updates).toBeGreaterThan(0);
    expect(updates).not.toBe(prepared.configuration.updates);
    expect(run.fingerprint).not.toBe(prepared.fingerprint);
    expect(said.at(-1)).toMatch(new RegExp(`^an update takes .* s: ${updates} updates in 0.01 min$`));
    await writePlan(run);
    await writeFile(join(run.asked.output, "configuration.yaml"), stringify(run.asked));
    const opened = await openRun(run.asked.output, hooks);
    expect(opened.configuration.updates).toBe(updates);
    expect(opened.fingerprint).toBe(run.fingerprint);
    await expect(reopenRun(configured(minutes(5)), hooks)).rejects.toThrow(
      /budget\.minutes 5 instead of 0\.01/,
    );
    const unasked = await prepare();
    expect(await affordableRun(unasked, nodeEngine(), hooks)).toBe(unasked);
  });

  it("is in plan.json, holds for everything after it, and is not chosen again", async () => {
    const run = await prepare();
    await writePlan(run);
    await writeFile(join(run.asked.output, "configuration.yaml"), stringify(run.asked));
    const plan = await readPlan(run.asked.output);
    expect(plan.resolution).toEqual(run.resolution);
    expect(plan.datasets[0]!.cases.every(({ ceiling }) => ceiling! > 0.9)).toBe(true);
    stages.length = 0;
    for (const opened of [await openRun(run.asked.output, hooks), await reopenRun(configured(), hooks)]) {
      expect(opened.configuration).toEqual(run.configuration);
      expect(opened.fingerprint).toBe(run.fingerprint);
    }
    expect(stages.some((label) => label.startsWith("planning"))).toBe(false);
    await expect(reopenRun(configured({ budget: { patchVoxels: 2048 } }), hooks)).rejects.toThrow(
      /budget\.patchVoxels 2048 instead of 1024/,
    );
  });
});
