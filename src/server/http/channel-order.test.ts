import { expect, it } from "vitest";
import { inOrderOfChannels } from "./channel-order.js";

const files = (...names: string[]) =>
  names.map((givenName, at) => ({ givenName, file: `image-${at}.nii.gz` }));

it("puts channels into the order of their numbers, whatever the order in which they came", () => {
  expect(inOrderOfChannels(files("a_0001.nii.gz", "a_0000.nii.gz"), 2)).toEqual([
    "image-1.nii.gz",
    "image-0.nii.gz",
  ]);
  // One file may hold all channels, whatever it is called.
  expect(inOrderOfChannels(files("../x_0001"), 2)).toEqual(["image-0.nii.gz"]);
});

it("refuses files that are not those of one image", () => {
  expect(() => inOrderOfChannels(files("a.nii.gz", "b.nii.gz"), 1)).toThrow(/A job is of one image/);
  expect(() => inOrderOfChannels(files("a.nii.gz", "a.nii.gz"), 1)).toThrow(/two files named a/);
  expect(() => inOrderOfChannels(files("a_0000.nii.gz", "b_0001.nii.gz"), 2)).toThrow();
  expect(() => inOrderOfChannels(files("a_0000.nii.gz", "a_0002.nii.gz"), 2)).toThrow();
});
