import { expect, test } from "vitest";
import { encodeTarget, targetEncoding, targetLayout } from "./targets.js";

const liver = { id: "a", dataset: "ct", organs: ["liver", "spleen"] };
const heart = { id: "b", dataset: "mr", organs: ["heart", "liver"] };
const labels = Uint8Array.of(0, 1, 2, 1);

test("shared: any organ is foreground, in every dataset", () => {
  const layout = targetLayout("shared", [liver, heart]);
  expect(layout.channels).toEqual(["foreground"]);
  const encoding = targetEncoding(layout, heart);
  const target = new Float32Array(4);
  encodeTarget(labels, encoding, target);
  expect([...target]).toEqual([0, 1, 1, 1]);
  expect([...encoding.weight]).toEqual([1]);
});

test("union: a channel an organ, weight 0 where the dataset does not annotate it", () => {
  const layout = targetLayout("union", [liver, liver, heart]);
  expect(layout.channels).toEqual(["liver", "spleen", "heart"]);
  const encoding = targetEncoding(layout, heart);
  const target = new Float32Array(12);
  encodeTarget(labels, encoding, target);
  expect([...target]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  expect([...encoding.weight]).toEqual([1, 0, 1]);
  expect([...targetEncoding(layout, liver).weight]).toEqual([1, 1, 0]);
});

test("an organ without a channel is refused by name", () => {
  expect(() => targetEncoding(targetLayout("union", [liver]), heart)).toThrow(
    /mr\/b.*organ heart.*liver, spleen/,
  );
});

test("more organs than a mask has labels for are refused before any training", () => {
  const named = (count: number) => [{ organs: Array.from({ length: count }, (_, at) => `organ ${at}`) }];
  expect(targetLayout("union", named(255)).channels).toHaveLength(255);
  expect(() => targetLayout("union", named(256))).toThrow(/found 256 different names, expected at most 255/);
  expect(targetLayout("shared", named(256)).channels).toEqual(["foreground"]);
});
