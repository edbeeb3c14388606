import { describe, expect, it } from "vitest";
import { type Fixture, type FixtureTensor, loadFixture } from "../../../test/oracle/load-fixture.js";
import type { CaseEvidence } from "../case-evidence.js";
import type { LayerStatistics } from "../layer-statistics.js";
import { fitRidge } from "../ridge-regression.js";
import { type Detector, leaveOneOutScores } from "./detector.js";
import { frodo } from "./frodo.js";
import { gramDeviation } from "./gram-deviation.js";
import { detectors } from "./index.js";
import { principalResidual } from "./principal-residual.js";

const fixture: Fixture<{ penalty: number }> = loadFixture("opponents");

const rowsOf = ({ dims, data }: FixtureTensor): Float64Array[] =>
  Array.from({ length: dims[0]! }, (_, row) => data.slice(row * dims[1]!, (row + 1) * dims[1]!));

const rows = (name: string): Float64Array[] => rowsOf(fixture.tensor(name));

/** A layer of these mean features, over ten voxels. */
const pooled = (features: Float64Array): LayerStatistics => ({
  channels: features.length,
  rows: 10,
  gram: new Float64Array(features.length ** 2),
  columnSums: features.map((value) => 10 * value),
});

/** A layer of these entries of its Gram matrix per voxel. */
const gram = (entries: Float64Array): LayerStatistics => ({
  channels: Math.sqrt(entries.length),
  rows: 10,
  gram: entries.map((value) => 10 * value),
  columnSums: new Float64Array(Math.sqrt(entries.length)),
});

function expectScores(
  detector: Detector,
  part: (name: "training" | "test") => CaseEvidence["layers"][],
  expected: string,
) {
  const evidence = (layers: CaseEvidence["layers"], at: number): CaseEvidence => ({
    dataset: "any",
    id: `${at}`,
    subject: `${at}`,
    layers,
  });
  const fitted = detector.fit(part("training").map(evidence));
  part("test").forEach((layers, at) => {
    expect(fitted.score(evidence(layers, at))).toBeCloseTo(fixture.tensor(expected).data[at]!, 8);
  });
}

describe("detectors that the guard is compared with", () => {
  it("FRODO is the mean over layers of scikit-learn's Mahalanobis distances", () => {
    expectScores(
      frodo(),
      (part) => {
        const b = rows(`layer/b/${part}`);
        return rows(`layer/a/${part}`).map((a, at) => ({ a: pooled(a), b: pooled(b[at]!) }));
      },
      "frodo",
    );
  });

  it("the principal residual is what scikit-learn's leading components leave", () => {
    expectScores(
      principalResidual({ layer: "a" }),
      (part) => rows(`layer/a/${part}`).map((a) => ({ a: pooled(a) })),
      "residual",
    );
  });

  it("the deviation of Gram matrices is NumPy's", () => {
    expectScores(
      gramDeviation({ layer: "a" }),
      (part) => rows(`gram/${part}`).map((entries) => ({ a: gram(entries) })),
      "gram/deviation",
    );
  });

  it("what the deviation of Gram matrices gives in one pass is what a fit without each patient gives", () => {
    const evidence = rows("gram/training").map((entries, at) => ({
      dataset: "any",
      id: `${at}`,
      subject: `${Math.floor(at / 2)}`,
      layers: { a: gram(entries) },
    }));
    const detector = gramDeviation({ layer: "a" });
    const expected = leaveOneOutScores(detector, evidence);
    detector.leaveOneOut!(evidence).forEach((score, at) => {
      expect(score).toBeCloseTo(expected[at]!, 10);
    });
  });

  it("the regression is scikit-learn's, with its choice of penalty", () => {
    const { penalty, predict } = fitRidge(rows("ridge/rows"), fixture.tensor("ridge/targets").data);
    expect(penalty).toBe(fixture.index.penalty);
    rows("ridge/test").forEach((row, at) => {
      expect(predict(row)).toBeCloseTo(fixture.tensor("ridge/predicted").data[at]!, 10);
    });
  });
});

it("the detectors that need nothing but predictions are those that say that they read their doubt", () => {
  const uncertainty = { entropy: 0.3, mutualInformation: 0.1, disagreement: 0.2 };
  const predicted = (at: number): CaseEvidence => ({
    dataset: at % 2 === 0 ? "a" : "b",
    id: `${at}`,
    subject: `${at}`,
    layers: {},
    confidence: { entropy: 0.1 * at, maximumProbability: 0.9 },
    mask: { volume: 100 + at * at, components: 1, nonBoundaryEntropy: 0.1, patchEntropy: 0.2 },
    interiorEntropy: 0.1,
    dropout: uncertainty,
    ensemble: uncertainty,
    augmentation: uncertainty,
  });
  const images = Array.from({ length: 8 }, (_, at) => predicted(at));
  const isEnough = (detector: Detector): boolean => {
    try {
      return Number.isFinite(detector.fit(images, [], images).score(images[0]!));
    } catch {
      return false;
    }
  };
  for (const [name, detector] of Object.entries(detectors)) {
    expect([name, isEnough(detector)]).toEqual([name, detector.opponent === "doubt"]);
  }
  const classifiers = Object.keys(detectors).filter((name) => detectors[name]!.opponent === "dataset");
  expect(classifiers).toEqual(["dataset-classifier", "feature-classifier"]);
});
