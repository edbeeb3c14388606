import { afterEach, expect, it, vi } from "vitest";
import { UserError } from "../base/index.js";
import { failureOf, failureText } from "./failure.js";

afterEach(() => vi.unstubAllEnvs());

const allocate = (): unknown => {
  try {
    return new Float64Array(2 ** 50);
  } catch (error) {
    return error;
  }
};

it("says of a user's mistake what the error says, and nothing of defects", () => {
  vi.stubEnv("SURESEG_DEBUG", "");
  const error = new UserError({ subject: "a.nii", found: "b", expected: "c", advice: "Do d." });
  expect(failureText(failureOf(error))).toBe("error: a.nii: found b, expected c. Do d.\n");
});

it("says of a defect one line with the way to report it, and the stack on demand alone", () => {
  vi.stubEnv("SURESEG_DEBUG", "");
  const failure = failureOf(new TypeError("x is not\na function"));
  expect(failureText(failure)).toMatch(
    /^error: TypeError: x is not a function\. .*defect.*SURESEG_DEBUG=1.*\n$/,
  );
  vi.stubEnv("SURESEG_DEBUG", "1");
  expect(failureText(failure)).toContain("failure.test.ts");
});

it("knows what a thread without memory ends with", () => {
  const full = Object.assign(new Error("Worker terminated"), { code: "ERR_WORKER_OUT_OF_MEMORY" });
  for (const error of [full, new RangeError("Array buffer allocation failed")]) {
    expect(failureOf(error).message).toMatch(/^memory: .*smaller patches/);
  }
  expect(failureOf(allocate()).message).toContain("defect");
});
