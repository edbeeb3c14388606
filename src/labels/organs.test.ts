import { describe, expect, it } from "vitest";
import { channelTargets, layoutOf, maskOfValues, maskSelection, organsOf, scoredOrgans } from "./index.js";

describe("scoredOrgans", () => {
  const organs = { kidneys: [3, 4], spleen: [7] };

  it("shared: one entry with all organs of the dataset", () => {
    expect(
      scoredOrgans(layoutOf({ labelMode: "shared", organs: ["liver", "kidneys", "spleen"] }), organs),
    ).toEqual([{ organ: "kidneys+spleen", channel: 0, labels: new Set([1]), values: new Set([3, 4, 7]) }]);
  });

  it("union: by name, whatever the order, without organs that the network has no channel for", () => {
    expect(scoredOrgans(layoutOf({ labelMode: "union", organs: ["spleen", "liver"] }), organs)).toEqual([
      { organ: "spleen", channel: 0, labels: new Set([1]), values: new Set([7]) },
    ]);
  });

  it("exclusive: channel 0 is the background", () => {
    const [kidneys, spleen] = scoredOrgans(
      layoutOf({ labelMode: "exclusive", organs: ["spleen", "kidneys"] }),
      organs,
    );
    expect(kidneys).toMatchObject({ organ: "kidneys", channel: 2, labels: new Set([2]) });
    expect(spleen).toMatchObject({ organ: "spleen", channel: 1, labels: new Set([1]) });
  });
});

it("channelTargets: the prepared target's values are those of the case's own organs, in their order", () => {
  const item = { target: Uint8Array.of(0, 1, 2), organs: ["kidneys", "spleen"] };
  const found = channelTargets(item, layoutOf({ labelMode: "union", organs: ["spleen", "kidneys"] }));
  expect(found.map(({ organ, channel, labels }) => [organ, channel, [...labels]])).toEqual([
    ["kidneys", 1, [0, 1, 0]],
    ["spleen", 0, [0, 0, 1]],
  ]);
});

describe("regions", () => {
  const tumour = {
    labelMode: "regions",
    organs: ["core", "whole", "enhancing"],
    regions: [
      { channel: 1, value: 2, values: [1, 2, 3, 4] },
      { channel: 0, value: 1, values: [1, 4] },
      { channel: 2, value: 4, values: [4] },
    ],
  } as const;
  const parts = maskSelection(tumour);

  it("are told apart in label files by parts that do not overlap", () => {
    expect(parts).toEqual({ "whole + core": [1], whole: [2, 3], "whole + core + enhancing": [4] });
  });

  it("are measured as the sets of their values, in masks and in label files", () => {
    const scored = scoredOrgans(layoutOf(tumour), parts);
    expect(scored.map(({ organ, channel }) => [organ, channel])).toEqual([
      ["core", 0],
      ["whole", 1],
      ["enhancing", 2],
    ]);
    for (const { labels, values } of scored) expect(values).toEqual(labels);
    expect(scored.map(({ values }) => [...values].sort())).toEqual([[1, 4], [1, 2, 3, 4], [4]]);
  });

  it("of a prepared target are the parts that lie in them", () => {
    const item = { target: Uint8Array.of(0, 1, 2, 3), organs: Object.keys(parts) };
    const found = channelTargets(item, layoutOf(tumour));
    expect(found.map(({ organ, labels }) => [organ, [...labels]])).toEqual([
      ["core", [0, 1, 0, 1]],
      ["whole", [0, 1, 1, 1]],
      ["enhancing", [0, 0, 0, 1]],
    ]);
  });
});

it("maskSelection: values as the network's own masks have them", () => {
  const organs = ["liver", "spleen"];
  expect(maskSelection({ labelMode: "exclusive", organs })).toEqual({ liver: [1], spleen: [2] });
  expect(maskSelection({ labelMode: "union", organs })).toEqual({ liver: [1], spleen: [2] });
  expect(maskSelection({ labelMode: "shared", organs })).toEqual({ "liver+spleen": [1] });
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
