import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import { describeNetwork, drawDropoutMasks } from "./index.js";

const network = describeNetwork({
  architecture: "unet",
  channels: 32,
  levels: 3,
  maximumChannels: 64,
  inputChannels: 1,
  outputChannels: 1,
  dropout: 0.25,
});

it("drops whole channels at the network's rate and keeps the mean", () => {
  const values: number[] = [];
  for (let draw = 0; draw < 200; draw++) {
    const masks = drawDropoutMasks(network, Random.stream(1, draw));
    expect(Object.keys(masks)).toEqual(network.dropoutLayers.map(({ layer }) => `dropout/${layer}`));
    for (const { dims, data } of Object.values(masks)) {
      expect(dims).toEqual([1, data.length, 1, 1, 1]);
      values.push(...(data as Float32Array));
    }
  }
  expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean).toBeGreaterThan(0.98);
  expect(mean).toBeLessThan(1.02);
});

it("draws the same masks from the same stream", () => {
  const draw = (key: number) => drawDropoutMasks(network, Random.stream(1, key));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
