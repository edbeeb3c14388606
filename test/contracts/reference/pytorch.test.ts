/** The reference evaluator against PyTorch in double precision: whole networks, and numeric against automatic gradients. */

import { describe, expect, test } from "vitest";
import { loadFixture, type NetworkIndex } from "../../oracle/load-fixture.js";
import { centralDifferences, expectClose } from "./gradient-check.js";
import { buildModel, type TestAttribute, type TestNode } from "./model-builder.js";
import { openReference, type ReferenceFeed } from "./reference-session.js";

/** Nodes of the U-Net that the fixture's script describes; parameters are inputs under their fixture names. */
function unetNodes({ levels, residual, normEpsilon, leakySlope }: NetworkIndex["architecture"]): TestNode[] {
  const nodes: TestNode[] = [];
  const node = (operator: string, inputs: string[], attributes: Record<string, TestAttribute> = {}) => {
    const name = `value${nodes.length}`;
    nodes.push({ operator, inputs, outputs: [name], attributes });
    return name;
  };
  const conv = (x: string, weight: string, stride: number, pad: number) =>
    node("Conv", [x, weight], {
      strides: { ints: [stride, stride, stride] },
      pads: { ints: Array(6).fill(pad) },
    });
  const rectify = (x: string) => node("LeakyRelu", [x], { alpha: { float: leakySlope } });
  const normalised = (x: string, name: string, stride: number) =>
    node("InstanceNormalization", [conv(x, `${name}/weight`, stride, 1), `${name}/scale`, `${name}/shift`], {
      epsilon: { float: normEpsilon },
    });
  const stage = (x: string, name: string, stride: number) => {
    const second = normalised(rectify(normalised(x, `${name}/first`, stride)), `${name}/second`, 1);
    if (!residual) return rectify(second);
    return rectify(node("Add", [second, conv(x, `${name}/shortcut/weight`, stride, 0)]));
  };

  const skips: string[] = [];
  let x = "image";
  for (let level = 0; level < levels; level++) {
    x = stage(x, level === levels - 1 ? "bottleneck" : `encoder${level}`, level === 0 ? 1 : 2);
    skips.push(x);
  }
  for (let level = levels - 2; level >= 0; level--) {
    const up = node("ConvTranspose", [x, `decoder${level}/up/weight`], { strides: { ints: [2, 2, 2] } });
    x = stage(node("Concat", [up, skips[level]!], { axis: { int: 1 } }), `decoder${level}`, 1);
  }
  nodes.push({ operator: "Add", inputs: [conv(x, "head/weight", 1, 0), "head/bias"], outputs: ["logits"] });
  return nodes;
}

/** Binary cross-entropy from logits, averaged over the voxels of a sample, then over samples by their weights. */
function crossEntropy(logits: Float64Array, target: Float64Array, weight: Float64Array): number {
  const size = logits.length / weight.length;
  let sum = 0;
  for (const [place, z] of logits.entries()) {
    const loss = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * target[place]!;
    sum += (weight[Math.floor(place / size)]! * loss) / size;
  }
  return sum / weight.reduce((total, each) => total + each, 0);
}

describe.each(["unet-gradients", "unet-gradients-residual"])("%s", (name) => {
  const fixture = loadFixture<NetworkIndex>(name);
  const { architecture, parameters, losses } = fixture.index;
  const feeds: Record<string, ReferenceFeed> = { image: fixture.tensor("image") };
  for (const parameter of parameters) feeds[parameter] = fixture.tensor(`parameter/${parameter}`);
  const inputs = Object.entries(feeds).map(([key, { dims }]) => [key, { type: "float64" as const, dims }]);
  const session = openReference(
    buildModel({
      nodes: unetNodes(architecture),
      inputs: Object.fromEntries(inputs),
      outputs: ["logits"],
      opset: 18,
    }),
  );
  const lossWith = (changes: Record<string, ReferenceFeed>) =>
    crossEntropy(
      session.run({ ...feeds, ...changes }).logits!.data,
      fixture.tensor("target").data,
      fixture.tensor("weight").data,
    );

  test("gives PyTorch's logits and loss", () => {
    // ONNX keeps the slope and the epsilon as float32, hence not closer.
    const wanted = fixture.tensor("logits");
    const { logits } = session.run(feeds);
    expect(logits!.dims).toEqual(wanted.dims);
    expectClose(logits!.data, wanted.data, 1e-7);
    expect(lossWith({})).toBeCloseTo(losses.bce, 8);
  });

  test("gives PyTorch's gradients numerically", () => {
    for (const parameter of ["encoder0/first/scale", "bottleneck/second/shift", "head/weight", "head/bias"]) {
      const { dims, data } = feeds[parameter] as { dims: number[]; data: Float64Array };
      const [gradient] = centralDifferences(
        ([moved]) => lossWith({ [parameter]: { dims, data: moved! } }),
        [data],
        // Among so many voxels some lie within a larger step of a rectifier's kink.
        1e-7,
      );
      expectClose(gradient!, fixture.tensor(`gradient/bce/${parameter}`).data, 1e-6, parameter);
    }
  });
});
