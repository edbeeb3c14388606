import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelValuesSchema, labelValuesText, organsSchema } from "./label-values.js";

const messagesOf = (data: unknown): string[] =>
  organsSchema.safeParse(data).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ??
  [];

describe("label values of an organ", () => {
  it.each<[unknown, number[]]>([
    [7, [7]],
    ["1-4", [1, 2, 3, 4]],
    [" 5 - 6 ", [5, 6]],
    ["9", [9]],
    ["3-3", [3]],
    [
      [1, 3, "7-9"],
      [1, 3, 7, 8, 9],
    ],
    [
      ["10-12", 11, 2],
      [10, 11, 12, 2],
    ],
    ["1-255", Array.from({ length: 255 }, (_, at) => at + 1)],
  ])("written %j are %j", (given, values) => {
    expect(labelValuesSchema.parse(given)).toEqual(values);
  });

  it.each<[unknown, RegExp]>([
    ["9-7", /^liver: found "9-7", expected the lower end of the range first: 7-9$/],
    [["1", "9-7"], /lower end/],
    ["0-3", /found "0-3", expected values from 1 to 255/],
    [0, /found 0, expected values from 1 to 255/],
    ["250-256", /expected values from 1 to 255/],
    ["1-99999999999", /expected values from 1 to 255/],
    [1.5, /found 1.5, expected a whole number/],
    [-1, /found -1, expected a whole number/],
    ["1-", /expected a whole number or a range/],
    ["1-2-3", /expected a whole number or a range/],
    ["one", /expected a whole number or a range/],
    ["", /expected a whole number or a range/],
    [[], /expected label values/],
    [null, /expected label values/],
    [[[1]], /expected label values/],
    [{ from: 1 }, /expected label values/],
  ])("written %j are refused by the organ's name", (given, message) => {
    const [first, ...others] = messagesOf({ liver: given });
    expect(first).toMatch(message);
    expect(others).toEqual([]);
  });

  it("in short, mean the same as in full", () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (all) => {
        const short = labelValuesText(all).split(", ");
        expect(labelValuesSchema.parse(short)).toEqual([...all].sort((a, b) => a - b));
      }),
    );
    expect(labelValuesText([3, 1, 2, 7])).toBe("1-3, 7");
  });
});

describe("organs", () => {
  it("share no value: the second is refused by its name and the first one's", () => {
    expect(messagesOf({ whole: "1-3", core: [2, 3], other: 4 })).toEqual([
      expect.stringMatching(/^core: found label value 2, which whole has too/),
    ]);
    expect(organsSchema.parse({ liver: [1, 2], spleen: "3-4" })).toEqual({ liver: [1, 2], spleen: [3, 4] });
  });

  it("are one or more", () => {
    expect(messagesOf({})).toEqual([": expected at least one organ with its label values"]);
  });

  it("already read, mean the same again", () => {
    const organs = organsSchema.parse({ brain: "1-40", skull: [41, "43-44"] });
    expect(organsSchema.parse(organs)).toEqual(organs);
  });
});
