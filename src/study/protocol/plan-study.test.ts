import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, dependenciesOf, planStudy, shardOf, type Unit } from "./plan-study.js";
import { parseStudy } from "./study-configuration.js";

const sizes = [
  { name: "liver", volumes: 10 },
  { name: "cord", volumes: 30 },
  { name: "brain", volumes: 20 },
];
const study = (changes: object = {}) =>
  parseStudy(
    {
      name: "s",
      output: "out",
      datasets: sizes.map(({ name }) => ({ folder: name, organs: { organ: [1] } })),
      seeds: [1, 2],
      ensembleSeeds: [3],
      split: { folds: 3, run: [0, 2] },
      updatesPerDataset: 10,
      leaveOuts: [["cord"]],
      ...changes,
    },
    "study.yaml",
  );

const plan = (changes: object = {}): Unit[] => planStudy(study(changes), sizes);

describe("planStudy", () => {
  it("trains every strategy for every fold and seed, as many updates a dataset", () => {
    const units = plan();
    const trained = units.filter((unit) => unit.kind === "train");
    const count = (strategy: string): number => trained.filter((unit) => unit.strategy === strategy).length;
    expect(count("dedicated")).toBe(3 * 2 * 2);
    expect(count("transfer")).toBe(2 * 2 * 2);
    expect(count("fine-tuned")).toBe(3 * 2 * 2);
    expect(count("joint")).toBe(2 * 2 + 1);
    expect(count("leave-out")).toBe(1);
    for (const unit of trained)
      if (unit.strategy !== "fine-tuned") expect(unit.updates).toBe(10 * unit.datasets.length);
    expect(new Set(units.map(({ id }) => id)).size).toBe(units.length);
  });

  it("transfers from the largest dataset, or from the one that is named", () => {
    const sourcesOf = (units: Unit[]) =>
      new Set(
        units.flatMap((unit) =>
          unit.kind === "train" && unit.strategy === "transfer" ? [unit.initial] : [],
        ),
      );
    expect([...sourcesOf(plan())].every((id) => id?.startsWith("dedicated-cord-"))).toBe(true);
    expect(
      [...sourcesOf(plan({ transferSource: "brain" }))].every((id) => id?.startsWith("dedicated-brain-")),
    ).toBe(true);
    expect(() => plan({ transferSource: "heart" })).toThrow(/transferSource: found heart/);
  });

  it("only lists what a strategy needs", () => {
    const ids = plan({ strategies: ["transfer"], leaveOuts: [], ensembleSeeds: [] }).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith("dedicated"))).toHaveLength(4);
    expect(ids.filter((id) => id.startsWith("joint") || id.startsWith("detect"))).toEqual([]);
  });

  it("puts what is needed before what needs it, and looks through networks of one fold together", () => {
    const units = plan();
    const place = new Map(units.map(({ id }, at) => [id, at]));
    for (const unit of units)
      for (const id of dependenciesOf(unit)) expect(place.get(id)).toBeLessThan(place.get(unit.id)!);
    const full = units.filter((unit) => unit.kind === "detect" && unit.full);
    expect(full.map(({ fold }) => fold)).toEqual([0, 2]);
    expect(dependenciesOf(full[0]!)).toEqual(["joint-fold0-seed1", "joint-fold0-seed2", "joint-fold0-seed3"]);
  });

  it("never counts a dataset of its own as foreign", () => {
    for (const unit of plan())
      if (unit.kind === "detect")
        expect(unit.outside.filter((name) => unit.inside.includes(name))).toEqual([]);
  });

  it("refuses folds and leave-outs that do not exist", () => {
    expect(() => plan({ split: { folds: 3, run: [3] } })).toThrow(/split\.run: found fold 3/);
    expect(() => plan({ leaveOuts: [["heart"]] })).toThrow(/leaveOuts\.0: found heart/);
    expect(() => plan({ leaveOuts: [["liver", "cord", "brain"]] })).toThrow(/every dataset/);
  });
});

describe("shardOf", () => {
  it("gives every unit to exactly one shard, with work of about the same size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (count) => {
        const units = plan();
        const shards = Array.from({ length: count }, (_, index) => shardOf(units, index, count));
        expect(
          shards
            .flat()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(units.map(({ id }) => id).sort());
        const work = shards.map((shard) => shard.reduce((sum, unit) => sum + costOf(unit), 0));
        const largest = Math.max(...units.map(costOf));
        expect(Math.max(...work) - Math.min(...work)).toBeLessThanOrEqual(largest);
      }),
    );
  });
});
