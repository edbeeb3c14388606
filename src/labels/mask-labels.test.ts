import { expect, it } from "vitest";
import { labelVoxels } from "./label-map.js";
import { maskLabels } from "./mask-labels.js";

it.each(["union", "exclusive"] as const)("names the values that masks hold: %s", (labelMode) => {
  const background = labelMode === "exclusive" ? [0.1, 0.1] : [];
  const probabilities = Float32Array.of(...background, 0.8, 0.1, 0.1, 0.8);
  const channels = labelMode === "exclusive" ? 3 : 2;
  const { labels } = labelVoxels(probabilities, { channels, labelMode });
  const found = maskLabels({ labelMode }, ["liver", "spleen"]);
  expect(found.map(({ value }) => value)).toEqual([...labels]);
  expect(found.map(({ organs }) => organs)).toEqual([["liver"], ["spleen"]]);
});

it("a shared network's one value stands for any of its organs", () => {
  const shared = { labelMode: "shared" } as const;
  expect(labelVoxels(Float32Array.of(0.9), { ...shared, channels: 1 }).labels[0]).toBe(1);
  expect(maskLabels(shared, ["liver", "spleen"])).toEqual([
    { value: 1, name: "liver or spleen", organs: ["liver", "spleen"] },
  ]);
});

it("a value of regions stands for all that its voxels belong to", () => {
  const regions = [
    { channel: 1, value: 2, values: [1, 2, 4] },
    { channel: 0, value: 1, values: [1, 4] },
    { channel: 2, value: 4, values: [4] },
  ];
  expect(maskLabels({ labelMode: "regions", regions }, ["core", "whole", "enhancing"])).toEqual([
    { value: 1, name: "core and whole", organs: ["core", "whole"] },
    { value: 2, name: "whole", organs: ["whole"] },
    { value: 4, name: "enhancing and whole and core", organs: ["enhancing", "whole", "core"] },
  ]);
});
