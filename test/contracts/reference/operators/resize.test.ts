import { describe, expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, floats, integers, random } from "../model-builder.js";

function rules(mode: string, coordinates: string, nearest?: string) {
  return {
    mode: { text: mode },
    coordinate_transformation_mode: { text: coordinates },
    ...(nearest && { nearest_mode: { text: nearest } }),
  };
}

describe("nearest", () => {
  test.each(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])("%s", async (nearest) => {
    for (const coordinates of ["asymmetric", "half_pixel", "align_corners"]) {
      const attributes = rules("nearest", coordinates, nearest);
      await expectNodeLikeRuntime("Resize", [random(1, 2, 3, 4), undefined, floats(1, 1, 2, 3)], attributes);
      await expectNodeLikeRuntime(
        "Resize",
        [random(1, 2, 8, 6), undefined, floats(1, 1, 0.5, 0.5)],
        attributes,
      );
    }
  });

  test("three spatial axes", async () => {
    const attributes = rules("nearest", "asymmetric", "floor");
    await expectNodeLikeRuntime(
      "Resize",
      [random(1, 2, 2, 3, 4), undefined, floats(1, 1, 2, 2, 2)],
      attributes,
    );
  });
});

describe("linear", () => {
  test.each(["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])(
    "%s",
    async (coordinates) => {
      const attributes = rules("linear", coordinates);
      const two = random(2, 3, 4, 5);
      await expectNodeLikeRuntime("Resize", [two, undefined, floats(1, 1, 2, 2)], attributes);
      await expectNodeLikeRuntime("Resize", [two, undefined, floats(1, 1, 0.5, 1.5)], attributes);
      await expectNodeLikeRuntime("Resize", [two, undefined, undefined, integers(2, 3, 7, 3)], attributes);
      const three = random(1, 2, 3, 4, 2);
      await expectNodeLikeRuntime("Resize", [three, undefined, floats(1, 1, 2, 2, 2)], attributes);
    },
  );
});

test("axes name the ones that are resized", async () => {
  const attributes = { ...rules("linear", "half_pixel"), axes: { ints: [2, 3] } };
  await expectNodeLikeRuntime("Resize", [random(1, 2, 3, 4), undefined, floats(2, 2)], attributes);
});

test("what is not known is refused", () => {
  const inputs = [random(1, 1, 3), undefined, floats(1, 1, 2)];
  expect(() => evaluateNode("Resize", inputs, rules("cubic", "half_pixel"))).toThrow(`"mode" = "cubic"`);
  expect(() => evaluateNode("Resize", inputs, { antialias: { int: 1 } })).toThrow("antialias");
  expect(() => evaluateNode("Resize", inputs.slice(0, 1))).toThrow("either scales or sizes");
});
