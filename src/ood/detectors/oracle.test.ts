import { describe, expect, it } from "vitest";
import { type Fixture, type FixtureTensor, loadFixture } from "../../../test/oracle/load-fixture.js";
import { fitPrincipalComponents } from "../../base/principal-components.js";
import type { CaseEvidence } from "../case-evidence.js";
import { ledoitWolf } from "../ledoit-wolf.js";
import type { Detector } from "./detector.js";
import { featureClassifier } from "./feature-classifier.js";
import { kNearestNeighbours } from "./k-nearest-neighbours.js";
import { mahalanobis } from "./mahalanobis.js";

const fixture: Fixture<{ cases: { name: string; labels: number[]; k: number; shrinkage: number }[] }> =
  loadFixture("detectors");

const rowsOf = ({ dims, data }: FixtureTensor): Float64Array[] =>
  Array.from({ length: dims[0]! }, (_, row) => data.slice(row * dims[1]!, (row + 1) * dims[1]!));

/** An image whose pooled bottleneck features are these. */
const evidenceOf = (features: Float64Array, name: string, dataset: string): CaseEvidence => ({
  dataset,
  id: name,
  subject: name,
  layers: {
    bottleneck: {
      channels: features.length,
      rows: 10,
      gram: new Float64Array(features.length ** 2),
      columnSums: features.map((value) => 10 * value),
    },
  },
});

describe.each(fixture.index.cases)("scikit-learn, $name", ({ name, labels, k, shrinkage }) => {
  const rows = rowsOf(fixture.tensor(`${name}/training`));
  const tests = rowsOf(fixture.tensor(`${name}/test`));
  const training = rows.map((row, at) => evidenceOf(row, `${at}`, `dataset-${labels[at]}`));

  const expectScores = (detector: Detector, expected: Float64Array, digits: number) => {
    const fitted = detector.fit(training);
    tests.forEach((row, at) => {
      expect(fitted.score(evidenceOf(row, "test", ""))).toBeCloseTo(expected[at]!, digits);
    });
  };

  it("Ledoit and Wolf's covariance", () => {
    const centred = rows.map((row, at) => {
      const own = rows.filter((_, other) => labels[other] === labels[at]);
      return row.map((value, f) => value - own.reduce((sum, { [f]: other }) => sum + other! / own.length, 0));
    });
    const found = ledoitWolf(centred);
    if (rows[0]!.length > 1) expect(found.shrinkage).toBeCloseTo(shrinkage, 12);
    const expected = fixture.tensor(`${name}/covariance`).data;
    found.covariance.to1DArray().forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 12);
    });
  });

  it("Mahalanobis distance", () => {
    expectScores(mahalanobis(), fixture.tensor(`${name}/mahalanobis`).data, 7);
  });

  it("k nearest neighbours", () => {
    expectScores(kNearestNeighbours({ k }), fixture.tensor(`${name}/neighbour`).data, 12);
  });

  it("multinomial logistic regression", () => {
    const expected = fixture.tensor(`${name}/maximum`).data.map((maximum) => 1 - maximum);
    expectScores(featureClassifier(), expected, 7);
  });

  it("principal components", () => {
    const project = fitPrincipalComponents(rows, rows[0]!.length > 1 ? 0.9 : 1);
    const expected = rowsOf(fixture.tensor(`${name}/components`));
    tests.forEach((row, at) => {
      const found = project(row);
      expect(found.length).toBe(expected[at]!.length);
      found.forEach((value, c) => {
        expect(Math.abs(value)).toBeCloseTo(expected[at]![c]!, 9);
      });
    });
  });
});
