import { describe, expect, it } from "vitest";
import type { Vector } from "../volume/index.js";
import type { InspectedCase } from "./inspect-case.js";
import { oddSpacings } from "./odd-spacings.js";

const cases = (...kinds: [spacing: Vector, orientation: string, count: number][]): InspectedCase[] =>
  kinds
    .flatMap(([spacing, orientation, count]) =>
      Array.from({ length: count }, () => ({ spacing, orientation })),
    )
    .map((item, index) => ({
      ...item,
      id: `c${index}`,
      subject: "s",
      file: `c${index}.nii`,
      labelVolumesMl: {},
    }));

const oddOnes = (...kinds: Parameters<typeof cases>): string[] =>
  oddSpacings(cases(...kinds)).map((one) => one.case);

describe("odd spacings", () => {
  it("are those of a header that lost its place: 1 mm among 0.94 mm", () => {
    expect(oddSpacings(cases([[0.94, 0.94, 0.94], "RAS", 13], [[1, 1, 1], "RAS", 1]))).toEqual([
      {
        case: "c13",
        file: "c13.nii",
        level: "warning",
        problem: "voxels of 1 mm from right to left, where the dataset's other cases have about 0.94",
        advice: expect.stringContaining("1 mm"),
      },
    ]);
  });

  it("are along the patient's axes, however the file is turned", () => {
    expect(oddOnes([[1, 2, 5], "RAS", 4], [[5, 1, 2], "SLP", 4])).toEqual([]);
    const [problem] = oddSpacings(cases([[1, 2, 5], "RAS", 7], [[2, 5, 3], "PIL", 1]));
    expect(problem?.problem).toContain(
      "voxels of 3 mm from right to left, where the dataset's other cases have about 1",
    );
  });

  it("are not those of scanners that differ, nor of a second kind of scan", () => {
    const varied = Array.from({ length: 20 }, (_, n): [Vector, string, number] => [
      [0.6 + 0.02 * n, 1, 1],
      "RAS",
      1,
    ]);
    expect(oddOnes(...varied)).toEqual([]);
    expect(oddOnes([[1, 1, 2.5], "RAS", 14], [[1, 1, 5], "RAS", 6])).toEqual([]);
  });

  it("are always those of other units", () => {
    expect(oddOnes([[1, 1, 2.5], "RAS", 6], [[1000, 1000, 2500], "RAS", 4])).toHaveLength(4);
  });

  it("need siblings to be odd among, and a known spacing", () => {
    expect(oddOnes([[1, 1, 1], "RAS", 1], [[2, 2, 2], "RAS", 1])).toEqual([]);
    const unreadable = cases([[1, 1, 1], "RAS", 3]).map(({ spacing, orientation, ...rest }) => rest);
    expect(oddSpacings(unreadable)).toEqual([]);
  });
});
