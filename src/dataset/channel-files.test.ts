import { describe, expect, it } from "vitest";
import { casesOfFiles } from "./channel-files.js";

const found = (paths: string[], channels: number): [string, readonly string[]][] =>
  casesOfFiles(paths, channels).map(({ id, images }) => [id, images]);

describe("image files given one by one", () => {
  it("are a case each where images have one channel, whatever their names end in", () => {
    expect(found(["in/a_0000.nii.gz", "in/a_0001.nii", "b.NII.GZ"], 1)).toEqual([
      ["a_0000", ["in/a_0000.nii.gz"]],
      ["a_0001", ["in/a_0001.nii"]],
      ["b", ["b.NII.GZ"]],
    ]);
  });

  it("are put together by number where there are several channels; others hold all of them", () => {
    expect(found(["a_0001.nii", "b_0000.nii", "whole.nii", "a_0000.nii", "b_0001.nii"], 2)).toEqual([
      ["a", ["a_0000.nii", "a_0001.nii"]],
      ["b", ["b_0000.nii", "b_0001.nii"]],
      ["whole", ["whole.nii"]],
    ]);
  });

  it("are refused where two would be written to the same name", () => {
    expect(() => casesOfFiles(["one/a.nii", "two/a.nii.gz"], 1)).toThrow(
      /two files named a, expected different/,
    );
    expect(() => casesOfFiles(["one/a_0000.nii", "two/a_0000.nii"], 2)).toThrow(/two files named a_0000/);
  });

  it("are refused where a channel is missing or one too many, not guessed", () => {
    expect(() => casesOfFiles(["a_0000.nii", "a_0002.nii"], 2)).toThrow(
      /a_0000\.nii: found the files a_0000\.nii, a_0002\.nii, expected one file for each channel: _0000, _0001/,
    );
    expect(() => casesOfFiles(["a_0001.nii"], 2)).toThrow(
      /found the files a_0001\.nii, expected one file for each channel/,
    );
    expect(() => casesOfFiles(["a_0000.nii", "a_0001.nii", "a_0002.nii"], 2)).toThrow(
      /found the files a_0000\.nii, a_0001\.nii, a_0002\.nii,/,
    );
    expect(() => casesOfFiles(["a.nii", "a_0000.nii"], 2)).toThrow(/found the files a\.nii, a_0000\.nii,/);
  });
});
