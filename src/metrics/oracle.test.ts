import { describe, expect, test } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import type { Shape, Vector } from "../volume/index.js";
import { distanceTransform, evaluateMask } from "./index.js";

interface MaskCase {
  name: string;
  shape: Shape;
  spacing: Vector;
  dice: number;
  hausdorff: number;
  hd95: number;
  assd: number;
  ml: [number, number];
}

const fixture = loadFixture<{ masks: MaskCase[] }>("metrics");
const mask = (name: string) => Uint8Array.from(fixture.tensor(name).data);

describe("SciPy and the definitions of MONAI", () => {
  for (const { name, shape, spacing, ml, ...expected } of fixture.index.masks) {
    test(`metrics of two masks: ${name}`, () => {
      const found = evaluateMask(mask(`${name}/prediction`), mask(`${name}/reference`), shape, spacing);
      for (const metric of ["dice", "hausdorff", "hd95", "assd"] as const) {
        expect(found[metric], metric).toBeCloseTo(expected[metric], 10);
      }
      expect(found.volumesMl.prediction).toBeCloseTo(ml[0], 10);
      expect(found.volumesMl.reference).toBeCloseTo(ml[1], 10);
      expect(found.empty).toBe("none");
    });
  }

  const transformed = fixture.index.masks.filter(({ name }) => fixture.names.includes(`${name}/distance`));
  for (const { name, shape, spacing } of transformed) {
    test(`distance transform: ${name}`, () => {
      const found = distanceTransform(mask(`${name}/reference`), shape, spacing);
      const expected = fixture.tensor(`${name}/distance`).data;
      let worst = 0;
      for (let at = 0; at < found.length; at++) worst = Math.max(worst, Math.abs(found[at]! - expected[at]!));
      expect(found.length).toBe(expected.length);
      expect(worst).toBeLessThan(1e-12);
    });
  }
});
