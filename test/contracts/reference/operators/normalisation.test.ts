import { expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, floats, random, uniform } from "../model-builder.js";

test.each(["Softmax", "LogSoftmax"])("%s along any axis", async (operator) => {
  await expectNodeLikeRuntime(operator, [random(3, 4, 5)]);
  await expectNodeLikeRuntime(operator, [random(3, 4, 5)], { axis: { int: 1 } });
  await expectNodeLikeRuntime(operator, [random(3, 4)], { axis: { int: -2 } });
  await expectNodeLikeRuntime(operator, [floats(1000, 999, -1000)]);
});

test("InstanceNormalization", async () => {
  await expectNodeLikeRuntime("InstanceNormalization", [random(2, 3, 4, 5, 6), random(3), random(3)]);
  await expectNodeLikeRuntime("InstanceNormalization", [random(2, 3, 9), random(3), random(3)], {
    epsilon: { float: 0.1 },
  });
});

test("BatchNormalization for inference", async () => {
  const inputs = [random(2, 3, 4, 5), random(3), random(3), random(3), uniform(0.5, 2, 3)];
  await expectNodeLikeRuntime("BatchNormalization", inputs);
  await expectNodeLikeRuntime("BatchNormalization", inputs, {
    epsilon: { float: 0.1 },
    momentum: { float: 0.5 },
  });
  expect(() => evaluateNode("BatchNormalization", inputs, { training_mode: { int: 1 } })).toThrow(
    "training_mode",
  );
});
