import { describe, expect, test } from "vitest";
import { centralDifferences, expectClose } from "./gradient-check.js";

test("central differences give the gradient of a function that is known", () => {
  const x = Float64Array.of(0.3, -0.7, 1.1);
  const y = Float64Array.of(0.5);
  const forward = ([a, b]: Float64Array[]) => Math.sin(a![0]!) * b![0]! + a![1]! ** 3 - Math.exp(a![2]!);
  const [dx, dy] = centralDifferences(forward, [x, y]);
  expectClose(dx!, [Math.cos(0.3) * 0.5, 3 * 0.49, -Math.exp(1.1)], 1e-9);
  expectClose(dy!, [Math.sin(0.3)], 1e-9);
  expect(Array.from(x)).toEqual([0.3, -0.7, 1.1]);
});

describe("expectClose", () => {
  test("passes within the tolerance, absolute for small and relative for large numbers", () => {
    expectClose([1e-7, 1e6 + 0.5], [0, 1e6], 1e-6);
    expectClose([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY], 1e-6);
    expectClose([], [], 1e-6);
  });

  test("names the worst element and counts the others", () => {
    expect(() => expectClose([1, 2.1, 3.5, 4], [1, 2, 3, 4], 1e-3, "gradient of w")).toThrow(
      /gradient of w: 2 of 4 elements differ; worst at index 2: found 3.5, expected 3, difference 0.5/,
    );
  });

  test("never takes NaN, a missing element or a wrong infinity for close", () => {
    expect(() => expectClose([Number.NaN], [Number.NaN], 1)).toThrow("index 0");
    expect(() => expectClose([1], [Number.POSITIVE_INFINITY], 1)).toThrow("index 0");
    expect(() => expectClose([1], [1, 2], 1)).toThrow("found 1 elements, expected 2");
  });
});
