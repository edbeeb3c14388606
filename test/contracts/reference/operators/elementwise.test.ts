import { describe, expect, test } from "vitest";
import {
  evaluateNode,
  expectNodeLikeRuntime,
  floats,
  random,
  randomIntegers,
  randomTruth,
  scalar,
  uniform,
} from "../model-builder.js";

describe("functions of one number", () => {
  test.each([
    "Neg",
    "Abs",
    "Sign",
    "Floor",
    "Ceil",
    "Exp",
    "Erf",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "Relu",
    "LeakyRelu",
  ])("%s agrees with ONNX Runtime", async (operator) => {
    await expectNodeLikeRuntime(operator, [uniform(-4, 4, 3, 5)]);
    await expectNodeLikeRuntime(operator, [scalar(0)]);
  });

  test.each(["Sqrt", "Log", "Reciprocal"])("%s agrees with ONNX Runtime", async (operator) => {
    await expectNodeLikeRuntime(operator, [uniform(0.1, 4, 3, 5)]);
  });

  test.each(["Neg", "Abs", "Sign"])("%s takes whole numbers", async (operator) => {
    await expectNodeLikeRuntime(operator, [randomIntegers(-5, 5, 7)]);
  });

  test("LeakyRelu takes its slope", async () => {
    await expectNodeLikeRuntime("LeakyRelu", [random(4, 4)], { alpha: { float: 0.2 } });
  });

  test("Sigmoid and Softplus keep their precision far from zero", () => {
    const sigmoid = evaluateNode("Sigmoid", [floats(-700, 800)]);
    expect(sigmoid.data[0]).toBeCloseTo(Math.exp(-700), 310);
    expect(sigmoid.data[1]).toBe(1);
    const softplus = evaluateNode("Softplus", [floats(-700, 800)]);
    expect(softplus.data[0]).toBeGreaterThan(0);
    expect(softplus.data[1]).toBe(800);
  });

  test("Erf has double precision", () => {
    const { data } = evaluateNode("Erf", [floats(0.5, 1, 3, -2)]);
    const known = [0.5204998778130465, 0.8427007929497149, 0.9999779095030014, -0.9953222650189527];
    for (const [index, value] of known.entries()) expect(data[index]).toBeCloseTo(value, 14);
  });

  test("Not turns truth around", () => expectNodeLikeRuntime("Not", [randomTruth(9)]));
});

const shapes: [number[], number[]][] = [
  [
    [2, 3, 4],
    [2, 3, 4],
  ],
  [[2, 3, 4], [4]],
  [
    [3, 1],
    [2, 1, 4],
  ],
  [[], [2, 2]],
  [[1], []],
];

describe("functions of two numbers broadcast as numpy does", () => {
  test.each(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum"])("%s", async (operator) => {
    for (const [a, b] of shapes) await expectNodeLikeRuntime(operator, [random(...a), random(...b)]);
  });

  test.each(["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"])("%s", async (operator) => {
    for (const [a, b] of shapes) {
      await expectNodeLikeRuntime(operator, [randomIntegers(-2, 3, ...a), randomIntegers(-2, 3, ...b)]);
    }
    const same = random(5);
    await expectNodeLikeRuntime(operator, [same, same]);
    await expectNodeLikeRuntime(operator, [same, random(5)]);
  });

  test.each(["And", "Or"])("%s", async (operator) => {
    for (const [a, b] of shapes)
      await expectNodeLikeRuntime(operator, [randomTruth(...a), randomTruth(...b)]);
  });

  test.each(["Add", "Sub", "Mul", "Max", "Min"])("%s takes whole numbers", async (operator) => {
    await expectNodeLikeRuntime(operator, [randomIntegers(-9, 9, 3, 1), randomIntegers(-9, 9, 4)]);
  });

  test("Div of whole numbers drops the fraction", async () => {
    await expectNodeLikeRuntime("Div", [randomIntegers(-20, 20, 12), randomIntegers(2, 5, 12)]);
    expect(() => evaluateNode("Div", [randomIntegers(1, 3, 2), randomIntegers(0, 1, 2)])).toThrow("by zero");
  });

  test("Pow takes float and whole exponents", async () => {
    await expectNodeLikeRuntime("Pow", [uniform(0.2, 3, 3, 4), uniform(-2, 2, 4)]);
    await expectNodeLikeRuntime("Pow", [random(3, 4), scalar(2, "int64")]);
  });

  test("Max, Min and Sum fold any number of inputs", async () => {
    for (const operator of ["Max", "Min", "Sum"]) {
      await expectNodeLikeRuntime(operator, [random(2, 3), random(3), random(2, 1)]);
      await expectNodeLikeRuntime(operator, [random(2, 3)]);
    }
  });

  test("Where chooses", async () => {
    await expectNodeLikeRuntime("Where", [randomTruth(3, 1), random(4), random(2, 1, 1)]);
    await expectNodeLikeRuntime("Where", [randomTruth(4), randomIntegers(0, 9, 4), scalar(-1, "int64")]);
  });

  test("Clip takes either limit, both or none", async () => {
    await expectNodeLikeRuntime("Clip", [random(9), scalar(-0.3), scalar(0.4)]);
    await expectNodeLikeRuntime("Clip", [random(9), scalar(-0.3)]);
    await expectNodeLikeRuntime("Clip", [random(9), undefined, scalar(0.4)]);
    await expectNodeLikeRuntime("Clip", [random(9)]);
  });
});

test("what does not fit is refused", () => {
  expect(() => evaluateNode("Add", [random(2, 3), random(2)])).toThrow("[2,3] and [2] do not broadcast");
  expect(() => evaluateNode("Add", [random(2), randomIntegers(0, 2, 2)])).toThrow("must be float");
  expect(() => evaluateNode("Exp", [randomIntegers(0, 2, 2)])).toThrow("integer input is not supported");
  expect(() => evaluateNode("Mul", [scalar(2 ** 40, "int64"), scalar(2 ** 40, "int64")])).toThrow(
    "beyond 2^53",
  );
});
