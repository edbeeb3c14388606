import { describe, expect, test } from "vitest";
import { evaluateNode, expectNodeLikeRuntime, random } from "../model-builder.js";

describe("Conv", () => {
  test("one, two and three spatial axes", async () => {
    await expectNodeLikeRuntime("Conv", [random(2, 3, 9), random(4, 3, 3), random(4)]);
    await expectNodeLikeRuntime("Conv", [random(2, 3, 6, 7), random(4, 3, 3, 2), random(4)]);
    await expectNodeLikeRuntime("Conv", [random(2, 3, 5, 6, 7), random(4, 3, 3, 2, 1), random(4)]);
  });

  test("strides, uneven pads, dilations", async () => {
    const attributes = {
      kernel_shape: { ints: [3, 2, 3] },
      strides: { ints: [2, 1, 3] },
      pads: { ints: [1, 0, 2, 0, 1, 1] },
      dilations: { ints: [1, 2, 2] },
    };
    await expectNodeLikeRuntime("Conv", [random(2, 2, 6, 5, 8), random(3, 2, 3, 2, 3)], attributes);
  });

  test("groups", async () => {
    const pads = { ints: [1, 1, 1, 1] };
    await expectNodeLikeRuntime("Conv", [random(2, 4, 5, 5), random(6, 2, 3, 3), random(6)], {
      group: { int: 2 },
      pads,
    });
    await expectNodeLikeRuntime("Conv", [random(1, 4, 5, 5), random(4, 1, 3, 3)], {
      group: { int: 4 },
      pads,
    });
  });

  test("what does not fit or is not known is refused", () => {
    const [x, w] = [random(1, 2, 5), random(3, 2, 3)];
    expect(() => evaluateNode("Conv", [x, random(3, 1, 3)])).toThrow("do not fit 2 channels");
    expect(() => evaluateNode("Conv", [x, w, random(2)])).toThrow("bias must have dimensions [3]");
    expect(() => evaluateNode("Conv", [x, w], { kernel_shape: { ints: [2] } })).toThrow("contradicts");
    expect(() => evaluateNode("Conv", [x, w], { auto_pad: { text: "SAME_UPPER" } })).toThrow("SAME_UPPER");
    expect(() => evaluateNode("Conv", [x, w], { pads: { ints: [1] } })).toThrow("do not fit");
    expect(() => evaluateNode("Conv", [x, random(3, 2, 6)])).toThrow("window of 6");
  });
});

describe("ConvTranspose", () => {
  test("one, two and three spatial axes", async () => {
    await expectNodeLikeRuntime("ConvTranspose", [random(2, 3, 5), random(3, 4, 3), random(4)]);
    await expectNodeLikeRuntime("ConvTranspose", [random(2, 3, 4, 5), random(3, 4, 3, 2), random(4)]);
    await expectNodeLikeRuntime("ConvTranspose", [random(2, 3, 3, 4, 2), random(3, 4, 2, 2, 2)], {
      strides: { ints: [2, 2, 2] },
    });
  });

  test("strides, uneven pads, output padding, dilations", async () => {
    const attributes = {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [2, 3] },
      pads: { ints: [1, 0, 0, 2] },
      output_padding: { ints: [1, 2] },
      dilations: { ints: [2, 1] },
    };
    await expectNodeLikeRuntime("ConvTranspose", [random(2, 2, 4, 3), random(2, 3, 3, 3)], attributes);
  });

  test("groups", async () => {
    await expectNodeLikeRuntime("ConvTranspose", [random(2, 4, 3, 4), random(4, 3, 3, 3), random(6)], {
      group: { int: 2 },
      strides: { ints: [2, 2] },
    });
  });

  test("an output shape asked for is refused", () => {
    const attributes = { output_shape: { ints: [7] } };
    expect(() => evaluateNode("ConvTranspose", [random(1, 1, 3), random(1, 1, 3)], attributes)).toThrow(
      `unknown attribute "output_shape"`,
    );
  });
});
