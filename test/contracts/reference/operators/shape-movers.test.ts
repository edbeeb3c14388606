import { describe, expect, test } from "vitest";
import {
  evaluateNode,
  expectNodeLikeRuntime,
  integers,
  random,
  randomIntegers,
  randomTruth,
  scalar,
} from "../model-builder.js";

const farEnd = Number.MAX_SAFE_INTEGER;

test("Expand goes both ways", async () => {
  await expectNodeLikeRuntime("Expand", [random(3, 1), integers(2, 1, 4)]);
  await expectNodeLikeRuntime("Expand", [random(3, 4), integers(1)]);
  await expectNodeLikeRuntime("Expand", [random(), integers(2, 2)]);
});

describe("Reshape", () => {
  test.each([[[6, 4]], [[-1]], [[0, -1]], [[4, 0, 2]], [[2, 3, 2, 2]]])("to %j", async (shape) => {
    await expectNodeLikeRuntime("Reshape", [random(2, 3, 4), integers(...shape)]);
  });

  test("allowzero makes 0 a length", async () => {
    const allow = { allowzero: { int: 1 } };
    await expectNodeLikeRuntime("Reshape", [random(0, 3), integers(3, 0)], allow);
    expect(() => evaluateNode("Reshape", [random(0, 3), integers(0, -1)], allow)).toThrow("both 0 and -1");
  });

  test("what does not fit is refused", () => {
    expect(() => evaluateNode("Reshape", [random(2, 3), integers(4, -1)])).toThrow("cannot have dimensions");
    expect(() => evaluateNode("Reshape", [random(2, 3), integers(5)])).toThrow("need 5 elements, found 6");
    expect(() => evaluateNode("Reshape", [random(2, 3), integers(6, 1, 0)])).toThrow("keeps axis 2");
  });
});

test("Transpose", async () => {
  await expectNodeLikeRuntime("Transpose", [random(2, 3, 4)]);
  await expectNodeLikeRuntime("Transpose", [random(2, 3, 4, 5)], { perm: { ints: [2, 0, 3, 1] } });
  expect(() => evaluateNode("Transpose", [random(2, 3)], { perm: { ints: [1, 1] } })).toThrow("twice");
});

describe("Slice", () => {
  const cases: [number[], number[], number[] | undefined, number[] | undefined][] = [
    [[1, 0], [4, 3], undefined, undefined],
    [[1], [farEnd], [1], undefined],
    [[-3], [-1], [-1], [1]],
    [[-1], [-farEnd], [1], [-1]],
    [[farEnd], [-farEnd], [0], [-2]],
    [
      [3, 4],
      [0, 1],
      [1, 0],
      [-1, -2],
    ],
    [[0], [farEnd], [1], [2]],
    [[1], [farEnd], [0], [3]],
    [[3], [3], [0], [1]],
    [[4], [2], [0], [1]],
    [[-99], [99], [1], [1]],
  ];
  test.each(cases)("starts %j ends %j axes %j steps %j", async (starts, ends, axes, steps) => {
    const inputs = [starts, ends, axes, steps].map((list) => list && integers(...list));
    await expectNodeLikeRuntime("Slice", [random(6, 7), ...inputs]);
  });
});

describe("Concat and Split", () => {
  test("Concat joins along an axis", async () => {
    await expectNodeLikeRuntime("Concat", [random(2, 3), random(2, 1), random(2, 4)], { axis: { int: -1 } });
    await expectNodeLikeRuntime("Concat", [randomIntegers(0, 9, 2), randomIntegers(0, 9, 0)], {
      axis: { int: 0 },
    });
    expect(() => evaluateNode("Concat", [random(2, 3), random(3, 3)], { axis: { int: 1 } })).toThrow(
      "do not join",
    );
  });

  test("Split parts by lengths, by number or equally", async () => {
    const axis = { axis: { int: 1 } };
    await expectNodeLikeRuntime("Split", [random(2, 7), integers(3, 0, 4)], axis, { outputs: 3 });
    await expectNodeLikeRuntime("Split", [random(2, 6)], axis, { outputs: 3, opset: 17 });
    await expectNodeLikeRuntime(
      "Split",
      [random(2, 7)],
      { ...axis, num_outputs: { int: 3 } },
      { outputs: 3 },
    );
    await expectNodeLikeRuntime("Split", [random(6)], { num_outputs: { int: 2 } }, { outputs: 2 });
    expect(() => evaluateNode("Split", [random(7), integers(3, 3)], {}, { outputs: 2 })).toThrow("split");
  });
});

test("Gather", async () => {
  await expectNodeLikeRuntime("Gather", [random(4, 3), integers(3, -4, 1)]);
  await expectNodeLikeRuntime("Gather", [random(2, 5, 3), randomIntegers(-5, 5, 2, 2)], { axis: { int: 1 } });
  await expectNodeLikeRuntime("Gather", [random(4, 3), scalar(1, "int64")], { axis: { int: -1 } });
  expect(() => evaluateNode("Gather", [random(4), integers(4)])).toThrow("outside of length 4");
});

test("Squeeze and Unsqueeze", async () => {
  await expectNodeLikeRuntime("Squeeze", [random(1, 3, 1, 2)]);
  await expectNodeLikeRuntime("Squeeze", [random(1, 3, 1, 2), integers(-2)]);
  await expectNodeLikeRuntime("Unsqueeze", [random(3, 2), integers(0, -1)]);
  await expectNodeLikeRuntime("Unsqueeze", [random(3, 2), integers(3, 1)]);
  expect(() => evaluateNode("Squeeze", [random(1, 3), integers(1)])).toThrow("not of length 1");
});

test("Tile", async () => {
  await expectNodeLikeRuntime("Tile", [random(2, 3), integers(2, 1)]);
  await expectNodeLikeRuntime("Tile", [random(2, 3), integers(1, 3)]);
});

describe("Pad", () => {
  test.each(["constant", "edge", "reflect"])("mode %s", async (mode) => {
    const attributes = { mode: { text: mode } };
    await expectNodeLikeRuntime("Pad", [random(3, 4), integers(1, 2, 2, 3)], attributes);
    await expectNodeLikeRuntime("Pad", [random(2, 3, 4), integers(0, 1, 2, 0, 2, 3)], attributes);
    await expectNodeLikeRuntime(
      "Pad",
      [random(2, 3, 4), integers(2, 1), undefined, integers(-1)],
      attributes,
    );
  });

  test("a constant of one's own, whole numbers, cropping", async () => {
    await expectNodeLikeRuntime("Pad", [random(3, 4), integers(1, 2, 0, 1), scalar(7)]);
    await expectNodeLikeRuntime("Pad", [randomIntegers(0, 9, 3), integers(1, 1), scalar(5, "int64")]);
    await expectNodeLikeRuntime("Pad", [random(5, 4), integers(-1, 2, -2, -1)]);
  });

  test("what is not known is refused", () => {
    const reflect = { mode: { text: "reflect" } };
    expect(() => evaluateNode("Pad", [random(3), integers(1, 1)], { mode: { text: "wrap" } })).toThrow(
      `"mode" = "wrap"`,
    );
    expect(() => evaluateNode("Pad", [random(3), integers(3, 0)], reflect)).toThrow("reflect more");
    expect(() => evaluateNode("Pad", [random(3), integers(-1, 0)], reflect)).toThrow("negative pads");
  });
});

test("DepthToSpace and SpaceToDepth", async () => {
  const block = { blocksize: { int: 2 } };
  await expectNodeLikeRuntime("DepthToSpace", [random(2, 12, 2, 3)], block);
  await expectNodeLikeRuntime("DepthToSpace", [random(2, 12, 2, 3)], { ...block, mode: { text: "CRD" } });
  await expectNodeLikeRuntime("SpaceToDepth", [random(2, 3, 4, 6)], block);
});

test("truth moves too", () => expectNodeLikeRuntime("Transpose", [randomTruth(2, 3)]));
