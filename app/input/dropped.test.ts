import { expect, it } from "vitest";
import { texts } from "../texts.js";
import { checked, MOST_BYTES, type RefusedInput } from "./dropped.js";

/** A file that must not be read. */
const sealed = (size: number): File =>
  ({
    size,
    arrayBuffer() {
      throw new Error("was read");
    },
  }) as unknown as File;

const refusalOf = (sizes: readonly number[]): string => {
  const files = sizes.map((size, at) => ({ path: `scan/${at}`, file: sealed(size) }));
  try {
    checked({ name: "scan", files, folder: true });
  } catch (error) {
    return texts.failure.refused((error as RefusedInput).refusal);
  }
  return "";
};

it("refuses by number and size, before anything is read", () => {
  expect(refusalOf([])).toMatch(/^Nothing that could be read/);
  expect(refusalOf([MOST_BYTES])).toBe("");
  expect(refusalOf([MOST_BYTES / 2, MOST_BYTES / 2, 1e9])).toBe(
    "scan: found 3.0 GB, expected at most 2 GB in a browser. Use the command line for it.",
  );
});
