import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Configuration, configurationSchema, parseConfiguration } from "./configuration.js";
import { changedSettings, type FingerprintInputs, fieldRoles, fingerprintOf } from "./fingerprint.js";

const smallest = {
  name: "liver",
  output: "runs/liver",
  datasets: [{ folder: "data/liver", organs: { liver: [1, 2] } }],
};

const configured = (changes: object = {}): Configuration =>
  parseConfiguration({ ...smallest, ...changes }, "run.yaml");

const hash = (letter: string): string => letter.repeat(64);

const inputs: FingerprintInputs = {
  configuration: configured(),
  organs: { liver: { liver: [1, 2] } },
  cases: ["a", "b", "c"].map((id) => ({ dataset: "liver", id, subject: `${id}'s`, entryHash: hash(id) })),
  split: { train: ["liver/a"], validation: ["liver/b"], test: ["liver/c"] },
};

const changed = (changes: Partial<FingerprintInputs>): string => fingerprintOf({ ...inputs, ...changes });
const own = fingerprintOf(inputs);

/** Fields without further named fields below them, as `datasets.folder`. */
function leavesOf(schema: Record<string, unknown>, path: readonly string[] = []): string[] {
  const { properties, items, oneOf, anyOf } = schema as Record<
    string,
    Record<string, never>[] | undefined
  > & {
    properties?: Record<string, never>;
    items?: Record<string, never>;
  };
  const below = [
    ...Object.entries(properties ?? {}).flatMap(([name, field]) => leavesOf(field, [...path, name])),
    ...(items === undefined ? [] : leavesOf(items, path)),
    ...[...(oneOf ?? []), ...(anyOf ?? [])].flatMap((one) => leavesOf(one, path)),
  ].filter((name) => name !== path.join("."));
  return below.length > 0 ? [...new Set(below)] : [path.join(".")];
}

describe("roles of fields", () => {
  const leaves = leavesOf(
    z.toJSONSchema(configurationSchema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>,
  );
  const covers = (field: string, leaf: string): boolean =>
    fieldRoles[field] === "training" ? leaf === field || leaf.startsWith(`${field}.`) : leaf === field;
  const isApplied = (leaf: string): boolean =>
    Object.entries(fieldRoles).some(([field, role]) => role === "applied" && leaf.startsWith(`${field}.`));

  it("are given for every field of the schema, once", () => {
    expect(leaves).toEqual(
      expect.arrayContaining(["seed", "optimiser.beta1", "loss.gamma", "datasets.folder"]),
    );
    for (const leaf of leaves.filter((name) => !isApplied(name))) {
      expect(
        Object.keys(fieldRoles).filter((field) => covers(field, leaf)),
        leaf,
      ).toHaveLength(1);
    }
  });

  it("are given for no field that there is not", () => {
    for (const field of Object.keys(fieldRoles)) {
      expect(
        leaves.some((leaf) => leaf === field || leaf.startsWith(`${field}.`)),
        field,
      ).toBe(true);
    }
  });
});

describe("fingerprint", () => {
  it.each<[string, object]>([
    ["the promise", { guard: { alpha: 0.3 } }],
    ["form and layers of the guard", { guard: { form: "paper", layers: ["bottleneck"] } }],
    ["the card", { card: { intendedUse: "Teaching." } }],
    ["the name", { name: "other" }],
    ["where it is written", { output: "elsewhere" }],
    ["how many threads work", { workers: 3, threads: 7 }],
    [
      "where the data lie and how they are licensed",
      { datasets: [{ ...smallest.datasets[0], folder: "x", licence: "CC0" }] },
    ],
    ["defaults that are written out", { optimiser: { kind: "adam", beta1: 0.9, learningRate: 1e-3 } }],
  ])("is the same whatever %s", (_, changes) => {
    expect(changed({ configuration: configured(changes) })).toBe(own);
  });

  it.each<[string, object]>([
    ["the seed", { seed: 2 }],
    ["the preparation", { preparation: { cropToForeground: false } }],
    ["the network", { network: { channels: 8 } }],
    ["an option of the loss", { loss: { foregroundWeight: 2 } }],
    ["an option of the optimiser", { optimiser: { beta2: 0.99 } }],
    ["the schedule", { schedule: { kind: "polynomial", power: 1 } }],
    ["the label mode", { labelMode: "union" }],
    ["the updates", { updates: 2001 }],
    ["how often is validated", { validateEvery: 50 }],
    ["the augmentation", { augmentation: { enabled: false } }],
    ["the sampling", { sampling: { policy: "proportional" } }],
  ])("changes with %s", (_, changes) => {
    expect(changed({ configuration: configured(changes) })).not.toBe(own);
  });

  it("changes with every byte, subject, part and organ of the data, and with their order", () => {
    const [first, ...others] = inputs.cases;
    const different = [
      changed({ cases: [{ ...first!, entryHash: hash("d") }, ...others] }),
      changed({ cases: [{ ...first!, subject: "b's" }, ...others] }),
      changed({ cases: [...others, first!] }),
      changed({ cases: others }),
      changed({ split: { ...inputs.split, train: ["liver/b"], validation: ["liver/a"] } }),
      changed({ split: { ...inputs.split, test: [] } }),
      changed({ organs: { liver: { liver: [1] } } }),
      changed({ organs: { other: { liver: [1, 2] } } }),
    ];
    expect(new Set([own, ...different]).size).toBe(different.length + 1);
  });

  it("does not depend on the order in which fields are written", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(inputs.configuration), { minLength: 20 }), (keys) => {
        const all = [...new Set([...keys, ...Object.keys(inputs.configuration)])];
        const shuffled = Object.fromEntries(
          all.map((key) => [key, inputs.configuration[key as keyof Configuration]]),
        ) as unknown as Configuration;
        expect(changed({ configuration: shuffled })).toBe(own);
      }),
    );
  });
});

it("names the settings in which two trainings differ, and no others", () => {
  const now = configured({ optimiser: { learningRate: 0.01 }, guard: { alpha: 0.3 }, patch: [32, 32, 32] });
  expect(changedSettings(now, configured())).toEqual([
    "patch [32,32,32] instead of absent",
    "optimiser.learningRate 0.01 instead of 0.001",
  ]);
  expect(changedSettings(configured({ split: { folds: 5, fold: 1 } }), configured())).toEqual([
    "split.folds 5 instead of absent",
    "split.fold 1 instead of absent",
  ]);
  expect(changedSettings(configured({ budget: { patchVoxels: 4096 } }), configured())).toEqual([
    "budget.patchVoxels 4096 instead of 131072",
  ]);
  expect(changedSettings(configured(), configured())).toEqual([]);
});
