import { expect, test } from "vitest";
import {
  evaluateNode,
  expectLikeRuntime,
  expectNodeLikeRuntime,
  floats,
  integers,
  random,
  randomIntegers,
  randomTruth,
  scalar,
  type TestAttribute,
  type TestTensor,
} from "../model-builder.js";

const values: Record<string, TestAttribute>[] = [
  { value: { tensor: random(2, 3) } },
  { value: { tensor: { ...random(2, 3), type: "float64" } } },
  { value: { tensor: integers(1, -2, 3) } },
  { value: { tensor: { ...integers(1, -2, 3), type: "int32" } } },
  { value: { tensor: { ...integers(0, 1, 1), type: "bool" } } },
  { value_float: { float: 0.25 } },
  { value_int: { int: -7 } },
  { value_floats: { floats: [1, 2.5] } },
  { value_ints: { ints: [4, 5] } },
];

test.each(values)("Constant with %j", async (attributes) => {
  await expectLikeRuntime(
    { nodes: [{ operator: "Constant", inputs: [], outputs: ["y"], attributes }], outputs: ["y"] },
    {},
  );
});

test("ConstantOfShape fills", async () => {
  await expectNodeLikeRuntime("ConstantOfShape", [integers(2, 3)]);
  await expectNodeLikeRuntime("ConstantOfShape", [integers(2, 3)], { value: { tensor: floats(1.5) } });
  await expectNodeLikeRuntime("ConstantOfShape", [integers(2)], { value: { tensor: integers(4) } });
});

test("Shape and Identity", async () => {
  await expectNodeLikeRuntime("Identity", [random(2, 3)]);
  await expectNodeLikeRuntime("Shape", [random(2, 3, 4)]);
  await expectNodeLikeRuntime("Shape", [random(2, 3, 4)], { start: { int: 1 } });
  await expectNodeLikeRuntime("Shape", [random(2, 3, 4)], { start: { int: -9 }, end: { int: -1 } });
});

const cases: [TestTensor, number][] = [
  [floats(-2.7, -0.5, 0, 0.5, 2.7), 7],
  [floats(-2.7, -0.5, 0, 0.5, 2.7), 6],
  [floats(-2.7, 0, 0.5), 9],
  [randomIntegers(-3, 3, 8), 1],
  [randomIntegers(-3, 3, 8), 9],
  [randomTruth(8), 1],
  [randomTruth(8), 7],
  [random(8), 11],
];

test.each(cases)("Cast %j to %i", async (source, to) => {
  await expectNodeLikeRuntime("Cast", [source], { to: { int: to } });
});

test("Cast refuses what the target cannot hold", () => {
  expect(() => evaluateNode("Cast", [scalar(3e9)], { to: { int: 6 } })).toThrow("INT32");
  expect(() => evaluateNode("Cast", [floats(Number.NaN)], { to: { int: 7 } })).toThrow("beyond 2^53");
  expect(() => evaluateNode("Cast", [scalar(1)], { to: { int: 10 } })).toThrow("FLOAT16 is not supported");
});
