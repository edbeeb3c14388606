import { expect, it } from "vitest";
import { labelVoxels } from "./label-map.js";
import { maskLabels } from "./mask-labels.js";

it.each(["union", "exclusive"] as const)("names the values that masks hold: %s", (mode) => {
  const background = mode === "exclusive" ? [0.1, 0.1] : [];
  const probabilities = Float32Array.of(...background, 0.8, 0.1, 0.1, 0.8);
  const { labels } = labelVoxels(probabilities, mode === "exclusive" ? 3 : 2, mode);
  expect(maskLabels(mode, ["liver", "spleen"]).map(({ value }) => value)).toEqual([...labels]);
  expect(maskLabels(mode, ["liver", "spleen"]).map(({ organs }) => organs)).toEqual([["liver"], ["spleen"]]);
});

it("a shared network's one value stands for any of its organs", () => {
  expect(labelVoxels(Float32Array.of(0.9), 1, "shared").labels[0]).toBe(1);
  expect(maskLabels("shared", ["liver", "spleen"])).toEqual([{ value: 1, organs: ["liver", "spleen"] }]);
});
