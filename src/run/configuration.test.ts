import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { type Configuration, parseConfiguration, readConfiguration } from "./configuration.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-configuration-"));
const path = join(folder, "run.yaml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dataset = { folder: "data/liver", organs: { liver: [1, 2] } };
const smallest = { name: "liver", output: "runs/liver", datasets: [dataset] };

/** The configuration with one field, named by its path, set to something else. */
function changed(field: string, value: unknown): unknown {
  const copy = structuredClone(smallest) as Record<string, unknown>;
  const keys = field.split(".");
  let at = copy;
  for (const key of keys.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1) as string] = value;
  return copy;
}

function refusal(data: unknown): string {
  try {
    parseConfiguration(data, "run.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error("accepted");
}

describe("configuration", () => {
  it("needs no more than a name, an output and datasets; the rest has defaults", () => {
    const configuration = parseConfiguration(smallest, "run.yaml");
    expect(configuration).toMatchObject({
      ...smallest,
      seed: 1,
      labelMode: "shared",
      split: { test: 0.25, validation: 0.15, seed: 1 },
      preparation: {
        cropToForeground: true,
        spacing: { policy: "planned", ceiling: 0.95 },
        antialiasing: true,
        interpolation: "linear",
      },
      network: { architecture: "residual-unet", channels: 16, levels: 4, dropout: 0 },
      budget: { patchVoxels: 131072 },
      batch: 2,
      loss: { kind: "dice+cross-entropy" },
      optimiser: { kind: "adam", learningRate: 1e-3, clipNorm: 12 },
      schedule: { kind: "polynomial", power: 0.9, warmUp: 0 },
      updates: 2000,
      earlyStopping: 0,
      guard: { form: "per-voxel", alpha: 0.1 },
    });
  });

  it("written out with every default, means the same", () => {
    const configuration = parseConfiguration(smallest, "run.yaml");
    expect(parseConfiguration(JSON.parse(JSON.stringify(configuration)), "run.yaml")).toEqual(configuration);
  });

  it("keeps the other defaults of a section in which one field is set", () => {
    const { network } = parseConfiguration(changed("network.channels", 8), "run.yaml");
    expect(network).toEqual({ ...parseConfiguration(smallest, "run.yaml").network, channels: 8 });
  });

  it.each([
    ["update", 3, "update: unknown field, did you mean updates?"],
    ["network.chanels", 8, "network.chanels: unknown field, did you mean channels?"],
    ["optimizer", {}, "optimizer: unknown field, did you mean optimiser?"],
    ["optimiser.LearningRate", 1, "optimiser.LearningRate: unknown field, did you mean learningRate?"],
    ["datasets.0.organ", {}, "datasets.0.organ: unknown field, did you mean organs?"],
    ["somethingElseEntirely", 1, "somethingElseEntirely: unknown field"],
  ])("names the unknown field %s and the nearest known one", (field, value, message) => {
    expect(refusal(changed(field, value))).toContain(message);
  });

  it.each([
    ["optimiser", { momentum: 0.9 }, "optimiser.momentum: not a field here"],
    ["optimiser", { kind: "sgd", beta1: 0.9 }, "optimiser.beta1: not a field here"],
    ["loss", { kind: "dice", gamma: 2 }, "loss.gamma: not a field here"],
    ["loss", { gamma: 2 }, "loss.gamma: not a field here"],
    ["loss", { kind: "focal", foregroundWeight: 2 }, "loss.foregroundWeight: not a field here"],
    ["schedule", { kind: "constant", power: 1 }, "schedule.power: not a field here"],
    [
      "loss",
      { kind: "Dice" },
      "loss.kind: expected dice+cross-entropy, dice, cross-entropy, focal, dice+focal",
    ],
  ])("refuses options of another kind: %s %o", (field, value, message) => {
    expect(refusal(changed(field, value))).toContain(message);
  });

  it("holds every default that the kind has", () => {
    const of = (changes: object) => parseConfiguration({ ...smallest, ...changes }, "run.yaml");
    expect(of({}).loss).toEqual({
      kind: "dice+cross-entropy",
      diceWeight: 1,
      crossEntropyWeight: 1,
      foregroundWeight: 1,
    });
    expect(of({ loss: { kind: "dice+focal" } }).loss).toMatchObject({
      diceWeight: 1,
      focalWeight: 1,
      gamma: 2,
    });
    expect(of({ optimiser: { weightDecay: 0.1 } }).optimiser).toEqual({
      kind: "adam",
      learningRate: 1e-3,
      clipNorm: 12,
      averaging: 0,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.999,
    });
    expect(of({ optimiser: { kind: "sgd" } }).optimiser).toEqual({
      kind: "sgd",
      learningRate: 1e-3,
      clipNorm: 12,
      averaging: 0,
      weightDecay: 0,
      momentum: 0.9,
    });
  });

  it("suggests nothing that is far off", () => {
    expect(refusal(changed("somethingElseEntirely", 1))).not.toContain("did you mean");
  });

  it.each<[string, unknown[], unknown[]]>([
    ["name", ["a", "liver-2.1_b"], ["", "a/b", "../a", 3]],
    ["seed", [0, 2 ** 31], [-1, 0.5, 2 ** 32]],
    ["datasets", [[dataset]], [[], "data", [{ ...dataset, organs: { liver: [] } }]]],
    [
      "datasets.0.organs",
      [
        { a: [1], b: [255] },
        { a: "1-40", b: 41, c: [42, "50-60"] },
      ],
      [{ a: [0] }, { a: [256] }, { a: [1.5] }, { a: [] }, { a: "9-7" }, { a: "1-3", b: [3] }, {}],
    ],
    ["datasets.0.modality", ["CT", "other", ["CT", "PET"]], ["ct", "X-ray", [], ["CT", "pet"]]],
    [
      "datasets.0.subjects",
      ["people.csv", { file: "people.csv" }, { file: "people.csv", missing: "own" }],
      [3, {}, { file: "people.csv", missing: "guess" }, { file: "people.csv", mising: "own" }],
    ],
    ["datasets.0.layout", ["msd", "nnunet", "plain"], ["MSD"]],
    ["labelMode", ["shared", "union"], ["both"]],
    ["split.test", [0, 0.9], [-0.1, 1]],
    ["split.folds", [2], [1, 2.5]],
    [
      "preparation.intensities.CT",
      [[], [{ step: "clip", low: -150, high: 250 }], [{ step: "z-score" }]],
      [[{ step: "clip", low: 250, high: -150 }], [{ step: "whiten" }], { step: "z-score" }],
    ],
    [
      "preparation.spacing",
      [{ policy: "fixed", mm: [1, 2, 3] }, { policy: "native" }],
      [{ policy: "fixed", mm: [0, 1, 1] }, { policy: "fit", voxels: 15 }, { policy: "no" }],
    ],
    ["network.architecture", ["unet", "residual-unet"], ["u-net"]],
    ["network.levels", [2, 5], [1, 8]],
    ["network.dropout", [0, 0.9], [-0.1, 1]],
    [
      "network.strides",
      [
        [
          [2, 2, 1],
          [2, 2, 2],
          [1, 2, 2],
        ],
      ],
      [[[2, 2, 2]], [[2, 2]], [[2, 2, 4]], [[2, 2, 0]], 2],
    ],
    [
      "network.kernels",
      [
        [
          [3, 3, 1],
          [3, 3, 3],
          [3, 3, 3],
          [1, 1, 1],
        ],
      ],
      [[[3, 3, 3]], [[3, 3]], [[5, 3, 3]], [[2, 3, 3]], 3],
    ],
    ["patch", [[32, 32, 16]], [[32, 32], [32, 32, 3], [32, 32, 32.5], 32]],
    ["batch", [1, 64], [0, 65]],
    ["loss.kind", ["dice", "focal"], ["Dice"]],
    ["optimiser.learningRate", [1e-9], [0, -1, "fast", Number.NaN, Number.POSITIVE_INFINITY]],
    [
      "optimiser",
      [
        { kind: "sgd", momentum: 0 },
        { kind: "sgd", momentum: 0.99 },
      ],
      [{ kind: "sgd", momentum: 1 }, 3],
    ],
    ["optimiser.beta2", [0, 0.999], [1, -0.1]],
    ["schedule.kind", ["constant", "plateau", "cosine"], ["linear"]],
    ["updates", [1], [0, 1.5, "many"]],
    ["earlyStopping", [0, 5], [-1]],
    ["workers", [0, 64], [-1, 65]],
    ["threads", [1, 256], [0, 100_000]],
    ["guard.alpha", [0.01, 0.99], [0, 1]],
    ["guard.layers", [["bottleneck"]], [[], "bottleneck"]],
  ])("takes %s within its range and names the field beyond it", (field, taken, refused) => {
    for (const value of taken) {
      expect(
        () => parseConfiguration(changed(field, value), "run.yaml"),
        JSON.stringify(value),
      ).not.toThrow();
    }
    for (const value of refused) {
      const message = refusal(changed(field, value));
      expect(message, JSON.stringify(value)).toMatch(/^run\.yaml: found /);
      expect(message, JSON.stringify(value)).toContain(field);
    }
  });

  it("refuses a patch that the network cannot halve often enough, before any work", () => {
    const both = (patch: number[], levels: number) => ({ ...smallest, patch, network: { levels } });
    expect(refusal(both([16, 20, 16], 4))).toMatch(/patch: 16 x 20 x 16 .*multiples of 8/);
    expect(parseConfiguration(both([16, 20, 16], 3), "run.yaml").patch).toEqual([16, 20, 16]);
    const thick = (patch: number[]) => ({
      ...smallest,
      patch,
      network: {
        levels: 3,
        strides: [
          [2, 2, 1],
          [2, 2, 2],
        ],
      },
    });
    expect(parseConfiguration(thick([16, 16, 6]), "run.yaml").patch).toEqual([16, 16, 6]);
    expect(refusal(thick([6, 16, 16]))).toMatch(/patch: 6 x 16 x 16 .*multiples of 4 x 4 x 2/);
  });

  it("refuses a fold that does not exist", () => {
    const split = (options: object) => ({ ...smallest, split: options });
    expect(refusal(split({ folds: 5, fold: 5 }))).toContain("split.fold");
    expect(refusal(split({ fold: 0 }))).toContain("split.fold");
    expect(parseConfiguration(split({ folds: 5, fold: 4 }), "run.yaml").split).toMatchObject({ fold: 4 });
  });

  it("lists every wrong field at once", () => {
    const message = refusal({ ...smallest, seed: -1, updates: 0, batsh: 2, network: { levels: 99 } });
    for (const field of ["seed", "updates", "batsh", "network.levels"]) expect(message).toContain(field);
  });

  it("says what stands now for a field of an earlier version", () => {
    const window = refusal(changed("preparation.ctWindow", [-150, 250]));
    expect(window).toContain("preparation.ctWindow: unknown field");
    expect(window).toContain(
      "Instead of ctWindow write intensities: { CT: [{ step: clip, low: -1000, high: 2000 }, { step: z-score }] }.",
    );
    expect(window).not.toContain("Instead of percentiles");
    expect(refusal(changed("preparation.percentiles", [1, 99]))).toContain(
      "Instead of percentiles write intensities: { MR: [{ step: clip-percentiles,",
    );
  });

  it.each([undefined, null, "text", [], 3])("refuses %s instead of a configuration", (data) => {
    expect(refusal(data)).toContain("the configuration: ");
  });
});

describe("configuration file", () => {
  const read = async (text: string): Promise<Configuration> => {
    writeFileSync(path, text);
    return readConfiguration(path);
  };
  const lines = ["name: liver", "output: ../runs/liver"];
  const source = "{ folder: data/liver, organs: { liver: [1] }";

  it("has its folders relative to itself, wherever the command runs", async () => {
    const { output, datasets } = await read(
      [...lines, `datasets: [${source}, subjects: people.csv }, ${source.replace("data", "/data")} }]`].join(
        "\n",
      ),
    );
    expect(output).toBe(join(folder, "../runs/liver"));
    expect(datasets.map((item) => item.folder)).toEqual([join(folder, "data/liver"), "/data/liver"]);
    expect(datasets.map((item) => item.subjects)).toEqual([
      { file: join(folder, "people.csv"), missing: "refuse" },
      undefined,
    ]);
  });

  it("missing, empty, no YAML or with a field twice: one message that names the file", async () => {
    const refused = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
      const failure = await work.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UserError);
      expect((failure as UserError).message).toMatch(message);
    };
    await refused(readConfiguration(join(folder, "none.yaml")), /none\.yaml: found no readable file/);
    await refused(readConfiguration(folder), /found no readable file/);
    await refused(read(""), /run\.yaml: found the configuration: /);
    await refused(read("name: [liver"), /run\.yaml: found .*line/);
    await refused(read("name: a\nname: b\n"), /run\.yaml: found .*unique/);
  });
});
