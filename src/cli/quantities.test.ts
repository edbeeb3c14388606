import { expect, it } from "vitest";
import { byteSize, duration } from "./quantities.js";

it("reads times and sizes as people write them, and nothing else", () => {
  expect(duration("90s")).toBe(90);
  expect(duration("1.5m")).toBe(90);
  expect(duration("1h")).toBe(3600);
  expect(byteSize("500MiB")).toBe(500 * 2 ** 20);
  expect(byteSize("2GiB")).toBe(2 ** 31);
  for (const text of ["", "1", "h", "-1h", "1 h", "0s", "1H", "1e3s", "infh", "1h30m"]) {
    expect(() => duration(text), text).toThrow(/such as/);
  }
  for (const text of ["5MB", "1", "-1MiB", "toStringMiB", "1constructor"]) {
    expect(() => byteSize(text), text).toThrow(/such as/);
  }
});
