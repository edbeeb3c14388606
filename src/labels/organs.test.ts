import { describe, expect, it } from "vitest";
import { channelTargets, layoutOf, maskOfValues, organsOf, scoredOrgans } from "./index.js";

describe("scoredOrgans", () => {
  const organs = { kidneys: [3, 4], spleen: [7] };

  it("shared: one entry with all organs of the dataset", () => {
    expect(scoredOrgans(layoutOf("shared", ["liver", "kidneys", "spleen"]), organs)).toEqual([
      { organ: "kidneys+spleen", channel: 0, label: 1, values: new Set([3, 4, 7]) },
    ]);
  });

  it("union: by name, whatever the order, without organs that the network has no channel for", () => {
    expect(scoredOrgans(layoutOf("union", ["spleen", "liver"]), organs)).toEqual([
      { organ: "spleen", channel: 0, label: 1, values: new Set([7]) },
    ]);
  });

  it("exclusive: channel 0 is the background", () => {
    const [kidneys, spleen] = scoredOrgans(layoutOf("exclusive", ["spleen", "kidneys"]), organs);
    expect(kidneys).toMatchObject({ organ: "kidneys", channel: 2, label: 2 });
    expect(spleen).toMatchObject({ organ: "spleen", channel: 1, label: 1 });
  });
});

it("channelTargets: the prepared target's values are those of the case's own organs, in their order", () => {
  const item = { target: Uint8Array.of(0, 1, 2), organs: ["kidneys", "spleen"] };
  const found = channelTargets(item, layoutOf("union", ["spleen", "kidneys"]));
  expect(found.map(({ organ, channel, labels }) => [organ, channel, [...labels]])).toEqual([
    ["kidneys", 1, [0, 1, 0]],
    ["spleen", 0, [0, 0, 1]],
  ]);
});

it("organsOf: by the dataset's name; an unknown name is refused", () => {
  const map = { second: { spleen: [7] }, first: { liver: [1] } };
  expect(organsOf(map, "first")).toEqual({ liver: [1] });
  expect(() => organsOf(map, "third")).toThrow(/dataset third.*one of the datasets second, first/s);
  expect(() => organsOf(map, "constructor")).toThrow(/no organs/);
});

it("maskOfValues: 1 where the label is one of the values", () => {
  expect([...maskOfValues(Uint8Array.of(0, 3, 4, 5), new Set([3, 4]))]).toEqual([0, 1, 1, 0]);
});
