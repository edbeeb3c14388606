import { describe, expect, it } from "vitest";
import { Random } from "../random.js";
import { UserError } from "../user-error.js";
import { checkGuard, fitGuard, type GuardCase, readGuard } from "./guard.js";

const options = {
  form: "per-voxel",
  layers: ["a", "b"],
  threshold: { kind: "conformal", alpha: 0.1 },
} as const;

function image(random: Random, dataset: string, index: number, centre: number, spread = 0.05): GuardCase {
  const vector = (): number[] => Array.from({ length: 6 }, () => centre + spread * random.normal());
  return {
    dataset,
    case: `case${index}`,
    subject: `${dataset}/${index}`,
    signatures: { a: vector(), b: vector() },
  };
}

function images(seed: number, count: number): GuardCase[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => image(random, i % 2 ? "left" : "right", i, i % 2 ? 0 : 1));
}

describe("guard", () => {
  it("trusts images like the training images and names the nearest dataset", () => {
    const guard = fitGuard(images(1, 40), images(2, 30), options);
    const verdict = checkGuard(guard, image(new Random(9), "x", 0, 1).signatures);
    expect(verdict.nearest.dataset).toBe("right");
    expect(verdict.pValue).toBeGreaterThan(0);
  });

  it("recognises a foreign image, with the smallest p-value there is", () => {
    const guard = fitGuard(images(1, 40), images(2, 30), options);
    const verdict = checkGuard(guard, image(new Random(9), "x", 0, 5).signatures);
    expect(verdict.foreign).toBe(true);
    expect(verdict.pValue).toBeCloseTo(1 / 31, 12);
    expect(verdict.measure).toBeGreaterThan(verdict.threshold);
  });

  it("keeps its promise on false alarms over many draws of exchangeable images", () => {
    let alarms = 0;
    const draws = 400;
    for (let draw = 0; draw < draws; draw++) {
      const guard = fitGuard(images(10_000 + draw, 16), images(20_000 + draw, 24), options);
      const fresh = images(30_000 + draw, 2)[draw % 2]!;
      if (checkGuard(guard, fresh.signatures).foreign) alarms++;
    }
    // Three standard deviations of a binomial count at the promised rate.
    expect(alarms / draws).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / draws));
    expect(alarms).toBeGreaterThan(0);
  });

  it("measures left-out training images against other subjects only", () => {
    const training = images(1, 20);
    const copies = training.map((item) => ({ ...item, dataset: "copy" }));
    const guard = fitGuard([...training, ...copies], [], options);
    expect(guard.calibration.source).toBe("leave-one-out");
    expect(guard.standardisation[0]!.mean).toBeGreaterThan(0.01);
  });

  it("refuses a promise that so few images cannot keep", () => {
    expect(() => fitGuard(images(1, 10), images(2, 5), options)).toThrow(UserError);
  });

  it("survives JSON and refuses anything else", () => {
    const guard = fitGuard(images(1, 20), images(2, 20), options);
    const again = readGuard(JSON.parse(JSON.stringify(guard)), "guard.json");
    const fresh = image(new Random(4), "x", 0, 0.5).signatures;
    expect(checkGuard(again, fresh)).toEqual(checkGuard(guard, fresh));
    expect(() => readGuard({ ...guard, version: 2 }, "guard.json")).toThrow(/guard.json/);
    expect(() => readGuard({ ...guard, layers: ["a"] }, "guard.json")).toThrow(/guard.json/);
  });
});
