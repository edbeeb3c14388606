import fc from "fast-check";
import { expect, it } from "vitest";
import { decimalString } from "./decimal-string.js";

it("gives back every number that 16 characters can say", () => {
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(digits, fc.nat(), fc.boolean(), (all, point, negative) => {
      const at = point % all.length;
      const text = `${negative ? "-" : ""}${all.slice(0, at + 1).join("")}.${all.slice(at + 1).join("")}`;
      expect(Number(decimalString(Number(text))) + 0).toBe(Number(text) + 0);
    }),
  );
});

it("is never longer than 16 characters, and as near as those can be", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
      const text = decimalString(value);
      expect(text.length).toBeLessThanOrEqual(16);
      expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8);
    }),
  );
});

it("refuses what is no number", () => {
  expect(() => decimalString(Number.NaN)).toThrow(RangeError);
});
