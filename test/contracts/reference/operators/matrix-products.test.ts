import { describe, expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, random } from "../model-builder.js";

describe("Gemm", () => {
  test.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])("transA %i transB %i", async (transA, transB) => {
    const a = transA ? random(4, 3) : random(3, 4);
    const b = transB ? random(5, 4) : random(4, 5);
    const attributes = { transA: { int: transA }, transB: { int: transB } };
    await expectNodeLikeRuntime("Gemm", [a, b], attributes);
    for (const c of [[5], [3, 1], [3, 5], []]) {
      const scaled = { ...attributes, alpha: { float: 0.5 }, beta: { float: -2 } };
      await expectNodeLikeRuntime("Gemm", [a, b, random(...c)], scaled);
    }
  });

  test("lengths that differ are refused", () => {
    expect(() => evaluateNode("Gemm", [random(2, 3), random(4, 2)])).toThrow("3 and 4 differ");
    expect(() => evaluateNode("Gemm", [random(1, 3), random(3, 2), random(2, 2)])).toThrow(
      "does not broadcast",
    );
  });
});

test.each([
  [
    [3, 4],
    [4, 5],
  ],
  [
    [2, 3, 4],
    [4, 5],
  ],
  [
    [2, 1, 3, 4],
    [5, 4, 2],
  ],
  [[4], [4, 5]],
  [[3, 4], [4]],
  [[4], [4]],
  [[2, 3, 4], [4]],
  [
    [1, 4],
    [3, 4, 1],
  ],
])("MatMul of %j and %j", async (a, b) => {
  await expectNodeLikeRuntime("MatMul", [random(...a), random(...b)]);
});

test("Einsum", async () => {
  const cases: [string, number[][]][] = [
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "bij, bkj -> bik",
      [
        [2, 3, 4],
        [2, 5, 4],
      ],
    ],
    ["ij->ji", [[2, 3]]],
    ["ij->i", [[2, 3]]],
    ["ii->i", [[3, 3]]],
    ["i,j->ij", [[2], [3]]],
    [
      "bn,ba",
      [
        [2, 3],
        [2, 4],
      ],
    ],
    ["ncd,nk,c->kd", [[2, 3, 4], [2, 5], [3]]],
  ];
  for (const [equation, dims] of cases) {
    const inputs = dims.map((each) => random(...each));
    await expectNodeLikeRuntime("Einsum", inputs, { equation: { text: equation } });
  }
  expect(() => evaluateNode("Einsum", [random(2, 3)], { equation: { text: "...i->i" } })).toThrow("equation");
});
