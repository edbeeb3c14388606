import { expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, random } from "../model-builder.js";

test.each(["AveragePool", "MaxPool"])("%s over one, two and three axes", async (operator) => {
  await expectNodeLikeRuntime(operator, [random(2, 3, 7)], { kernel_shape: { ints: [3] } });
  await expectNodeLikeRuntime(operator, [random(2, 3, 7, 6)], {
    kernel_shape: { ints: [3, 2] },
    strides: { ints: [2, 1] },
    pads: { ints: [1, 1, 0, 0] },
  });
  await expectNodeLikeRuntime(operator, [random(1, 2, 4, 6, 5)], {
    kernel_shape: { ints: [2, 2, 2] },
    strides: { ints: [2, 2, 2] },
  });
});

test("MaxPool dilates, AveragePool may count the padding", async () => {
  await expectNodeLikeRuntime("MaxPool", [random(1, 2, 8, 8)], {
    kernel_shape: { ints: [2, 3] },
    dilations: { ints: [2, 1] },
    storage_order: { int: 0 },
  });
  await expectNodeLikeRuntime("AveragePool", [random(1, 2, 6, 6)], {
    kernel_shape: { ints: [3, 3] },
    pads: { ints: [1, 1, 1, 1] },
    count_include_pad: { int: 1 },
  });
});

test("pooling over all of space", async () => {
  await expectNodeLikeRuntime("GlobalAveragePool", [random(2, 3, 4, 5, 6)]);
  await expectNodeLikeRuntime("GlobalMaxPool", [random(2, 3, 4, 5)]);
});

test("what is not known is refused", () => {
  const kernel = { kernel_shape: { ints: [2] } };
  expect(() => evaluateNode("MaxPool", [random(1, 1, 5)], { ...kernel, ceil_mode: { int: 1 } })).toThrow(
    "ceil_mode",
  );
  expect(() => evaluateNode("MaxPool", [random(1, 1, 5)], kernel, { outputs: 2 })).toThrow(
    `output 1 ("out1") is not supported`,
  );
  expect(() => evaluateNode("MaxPool", [random(1, 1, 5)])).toThrow("kernel_shape");
});
