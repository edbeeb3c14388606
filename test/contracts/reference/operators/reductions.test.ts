import { describe, expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, integers, random, randomIntegers } from "../model-builder.js";

const all = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"];

describe.each(all)("%s agrees with ONNX Runtime", (operator) => {
  test.each([[[0]], [[2]], [[-1, 0]], [[1, 2]], [[0, 1, 2]]])("axes %j", async (axes) => {
    await expectNodeLikeRuntime(operator, [random(3, 4, 5), integers(...axes)]);
    await expectNodeLikeRuntime(operator, [random(3, 4, 5), integers(...axes)], { keepdims: { int: 0 } });
  });

  test("all axes by default", async () => {
    await expectNodeLikeRuntime(operator, [random(3, 4)]);
    await expectNodeLikeRuntime(operator, [random(3, 4)], { keepdims: { int: 0 } });
    await expectNodeLikeRuntime(operator, [random(3, 4), integers()]);
  });

  test("axes as an attribute in opset 17", async () => {
    if (operator === "ReduceSum") return;
    await expectNodeLikeRuntime(operator, [random(3, 4)], { axes: { ints: [-1] } }, { opset: 17 });
  });
});

test("an empty list of axes can mean none", async () => {
  const none = { noop_with_empty_axes: { int: 1 } };
  for (const operator of ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"]) {
    await expectNodeLikeRuntime(operator, [random(3, 4), integers()], none);
    await expectNodeLikeRuntime(operator, [random(3, 4)], none);
    await expectNodeLikeRuntime(operator, [random(3, 4), integers(1)], none);
  }
  expect(() => evaluateNode("ReduceL2", [random(3)], none)).toThrow("ambiguous");
});

test("whole numbers", async () => {
  for (const operator of ["ReduceSum", "ReduceMax", "ReduceMin"]) {
    await expectNodeLikeRuntime(operator, [randomIntegers(-9, 9, 3, 4), integers(1)]);
  }
  expect(() => evaluateNode("ReduceMean", [randomIntegers(0, 9, 3)])).toThrow("integer input");
});

test("axes that do not exist or come twice are refused", () => {
  expect(() => evaluateNode("ReduceSum", [random(3, 4), integers(2)])).toThrow("axis 2 does not exist");
  expect(() => evaluateNode("ReduceSum", [random(3, 4), integers(1, -1)])).toThrow("one axis twice");
});
