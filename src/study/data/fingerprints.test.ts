import { describe, expect, it } from "vitest";
import type { PreparedCase, Split } from "../../dataset/index.js";
import { planStudy } from "../protocol/plan-study.js";
import { parseStudy, studySchema } from "../protocol/study-configuration.js";
import { settingsOfAllUnits, unitFingerprints } from "./fingerprints.js";
import type { StudyData } from "./study-data.js";

const names = ["liver", "cord", "brain"];

const cases = names.flatMap((dataset) =>
  Array.from(
    { length: 6 },
    (_, n) =>
      ({ dataset, id: `${n}`, subject: `${dataset} ${n}`, entryHash: `${dataset} ${n}` }) as PreparedCase,
  ),
);
/** Of each dataset: three cases to train, one to validate, two to test. */
const split = (items: readonly PreparedCase[]): Split => {
  const keys = (wanted: readonly string[]): string[] =>
    items.filter(({ id }) => wanted.includes(id)).map(({ dataset, id }) => `${dataset}/${id}`);
  return { train: keys(["0", "1", "2"]), validation: keys(["3"]), test: keys(["4", "5"]) };
};
const foreign = [
  {
    source: { name: "iguana", cases: [{ id: "a" }, { id: "b" }] },
    modalities: ["CT"],
    hashes: ["1", "2"],
  },
] as unknown as StudyData["foreign"];

interface Changes {
  readonly study?: object;
  readonly data?: Partial<StudyData>;
}

/** Fingerprints by unit. */
function fingerprints({ study: changes = {}, data: changed = {} }: Changes = {}): Map<string, string> {
  const study = parseStudy(
    {
      name: "s",
      output: "out",
      datasets: names.map((folder) => ({ folder, organs: { organ: [1] } })),
      seeds: [1],
      ensembleSeeds: [2],
      leaveOuts: [["cord"]],
      updatesPerDataset: 100,
      ...changes,
    },
    "study.yaml",
  );
  const data = {
    study,
    cases,
    layout: { mode: "shared", channels: ["foreground"] },
    foreign,
    splitOf: () => split(cases),
    ...changed,
  } as unknown as StudyData;
  const sizes = names.map((name) => ({ name, volumes: 6 }));
  return unitFingerprints(data, planStudy(study, sizes));
}

const before = fingerprints();

/** Units that are to be done again. */
const again = (changes: Changes): string[] =>
  [...fingerprints(changes)].filter(([id, value]) => before.get(id) !== value).map(([id]) => id);

const every = [...before.keys()];
const detect = every.filter((id) => id.startsWith("detect-"));
const full = ["detect-joint-fold0-seed1"];

const changedCase = (dataset: string, id: string, change: Partial<PreparedCase>): Partial<StudyData> => ({
  cases: cases.map((item) => (item.dataset === dataset && item.id === id ? { ...item, ...change } : item)),
});

describe("a unit is done again", () => {
  it("when a setting of training, network or preparation changes: all of them", () => {
    const changes: object[] = [
      { preparation: { spacing: { policy: "fit", voxels: 32 } } },
      { network: { channels: 4 } },
      { patch: [32, 32, 32] },
      { batch: 3 },
      { loss: { kind: "cross-entropy" } },
      { optimiser: { learningRate: 0.5 } },
      { schedule: { kind: "constant" } },
      { sampling: { policy: "proportional" } },
      { augmentation: { noise: { probability: 0.9 } } },
      { validationsPerTraining: 2 },
      { earlyStopping: 2 },
    ];
    for (const study of changes) expect(again({ study }), JSON.stringify(study)).toEqual(every);
  });

  it("when a case of its own changes, or is of another patient", () => {
    for (const change of [{ entryHash: "other" }, { subject: "someone" }]) {
      const changed = again({ data: changedCase("cord", "0", change) });
      expect(changed).toContain("joint-fold0-seed1");
      expect(changed).toContain("dedicated-cord-fold0-seed1");
      expect(changed).not.toContain("dedicated-liver-fold0-seed1");
      expect(changed).not.toContain("leave-out-1-fold0-seed1");
    }
  });

  it("when a case goes to another part of the split", () => {
    const { train, validation, test } = split(cases);
    const moved = { train: train.filter((key) => key !== "cord/0"), validation, test: [...test, "cord/0"] };
    const changed = again({ data: { splitOf: () => moved } });
    expect(changed).toContain("dedicated-cord-fold0-seed1");
    expect(changed).not.toContain("dedicated-liver-fold0-seed1");
    // Its test images are foreign to this network.
    expect(changed).toContain("detect-dedicated-liver-fold0-seed1");
  });

  it("when one that it builds on is", () => {
    const changed = again({ study: { updatesPerDataset: 101 } });
    expect(changed).toEqual(every);
    expect(changed).toContain("fine-tuned-cord-fold0-seed1");
    expect(again({ study: { fineTuningUpdates: 7 } })).toEqual(
      names.map((name) => `fine-tuned-${name}-fold0-seed1`),
    );
  });

  it("and shows detectors other images, when corruptions, several predictions or foreign sources change", () => {
    const studies: object[] = [
      { corruptions: { severities: [1] } },
      { corruptions: { volumesPerDataset: 1 } },
      { uncertainty: { dropoutPasses: 2 } },
      { uncertainty: { flips: 0 } },
      { uncertainty: { mapsPerDataset: 2 } },
      { split: { seed: 5 } },
    ];
    for (const study of studies) expect(again({ study }), JSON.stringify(study)).toEqual(full);
    const [images] = foreign as [StudyData["foreign"][number]];
    const others: StudyData["foreign"][] = [
      [],
      [{ ...images, hashes: ["1", "changed"] }],
      [{ ...images, source: { ...images.source, name: "newt" } }],
      [{ ...images, modalities: ["MR"] }],
      [{ ...images, source: { ...images.source, cases: [...images.source.cases].reverse() } }],
    ];
    for (const other of others) expect(again({ data: { foreign: other } })).toEqual(full);
  });
});

describe("a unit is not done again", () => {
  it.each<object>([
    { name: "another" },
    { output: "elsewhere" },
    { alpha: 0.05 },
    { datasets: names.map((name) => ({ folder: `moved/${name}`, organs: { organ: [1] }, licence: "free" })) },
    { foreign: [{ folder: "moved/iguana" }] },
    // What is meant where nothing is said.
    { uncertainty: { flips: 1 } },
  ])("when only %o changes", (study) => {
    expect(again({ study })).toEqual([]);
  });

  it("when there are more units than before", () => {
    const more = again({ study: { seeds: [1, 5], ensembleSeeds: [2], strategies: ["dedicated", "joint"] } });
    expect(more.every((id) => id.endsWith("seed5") || detect.includes(id))).toBe(true);
    expect(again({ study: { split: { folds: 4, run: [0, 1] } } }).every((id) => id.includes("fold1"))).toBe(
      true,
    );
  });
});

it("knows of every field of a study what it changes", () => {
  const elsewhere = {
    detection: ["corruptions", "uncertainty"],
    units: ["strategies", "seeds", "ensembleSeeds", "leaveOuts", "transferSource"],
    // Seen in what the plan chose by it.
    chosen: ["budget"],
    updates: ["updatesPerDataset", "fineTuningUpdates"],
    cases: ["datasets", "split", "foreign"],
    nothing: ["name", "output", "alpha"],
  };
  expect([...settingsOfAllUnits, ...Object.values(elsewhere).flat()].sort()).toEqual(
    Object.keys(studySchema.shape).sort(),
  );
});
