import { expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { receivedError, sentError } from "./sent-error.js";

const passed = (error: unknown): unknown => receivedError(structuredClone(sentError(error)));

it("leaves an error that a user can mend what it is, cause included", () => {
  const facts = { subject: "a.nii", found: "0 bytes", expected: "an image", advice: "Copy it again." };
  const error = passed(new UserError({ ...facts, cause: new RangeError("short") }));
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ ...facts, cause: { message: "short" } });
  expect((error as Error).message).toBe("a.nii: found 0 bytes, expected an image. Copy it again.");
});

it("hands on any other error, and what is none", () => {
  expect(passed(new TypeError("wrong"))).toMatchObject({ message: "wrong" });
  expect(passed("text")).toBe("text");
});
