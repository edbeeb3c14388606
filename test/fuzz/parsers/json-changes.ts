/** JSON made by chance: a document as it should be, changed at some places, so that what checks its content is reached. */
import type { Random } from "../../../src/base/index.js";
import { pick } from "../mutations.js";

const NUMBERS = [
  0,
  -1,
  1,
  0.5,
  255,
  256,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  -0,
];
const TEXTS = [
  "",
  " ",
  "a",
  "0",
  "-1",
  "../a",
  "/",
  "\\",
  "\u0000",
  "\u001b[2J",
  "é",
  "\ud800",
  "<b>",
  "|",
  "x".repeat(3000),
  "constructor",
];
const KEYS = ["__proto__", "constructor", "toString", "length", "", "0", "unknown", "version", "format"];

/** Values of every kind, the least likely ones too. */
function anyValue(random: Random): unknown {
  const kind = random.below(10);
  if (kind < 4) return pick(NUMBERS, random);
  if (kind < 6) return pick(TEXTS, random);
  if (kind === 6) return pick([null, true, false], random);
  if (kind === 7)
    return Array.from({ length: pick([0, 1, 2, 3, 70, 500], random) }, () => pick(NUMBERS, random));
  if (kind === 8)
    return Object.fromEntries(
      Array.from({ length: random.below(4) }, () => [pick(KEYS, random), pick(NUMBERS, random)]),
    );
  return nested(random.uniform() < 0.9 ? random.below(8) : 1000);
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let left = depth; left > 0; left--) value = left % 2 === 0 ? [value] : { a: value };
  return value;
}

type Holder = { readonly holder: Record<string, unknown>; readonly key: string };

/** All places of a document, however deep. */
function placesIn(document: unknown): Holder[] {
  const places: Holder[] = [];
  const waiting = [document];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      waiting.push(holder[key]);
    }
  }
  return places;
}

/** A copy of a document with one to three of its values changed, gone, repeated or accompanied by others. */
export function changedDocument(document: unknown, random: Random): unknown {
  const copy = structuredClone(document);
  for (let left = 1 + random.below(3); left > 0; left--) {
    const places = placesIn(copy);
    if (places.length === 0) return anyValue(random);
    const { holder, key } = pick(places, random);
    const kind = random.below(8);
    if (kind < 4) holder[key] = anyValue(random);
    else if (kind === 4 && !Array.isArray(holder)) delete holder[key];
    else if (kind === 5 && !Array.isArray(holder)) define(holder, pick(KEYS, random), anyValue(random));
    else if (kind === 6) holder[key] = Array.from({ length: pick([2, 30], random) }, () => holder[key]);
    else holder[key] = structuredClone(pick(places, random).holder);
  }
  return copy;
}

/** Even under the name `__proto__`, as JSON.parse does. */
function define(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

const STRANGE = [
  "1e400",
  "-0",
  "{}",
  "[]",
  "nul",
  "0123",
  '"\\ud800"',
  '"\\u0000"',
  "[1,]",
  '{"a":1,"a":2}',
  "NaN",
  "\ufeff{}",
];

/** The text of such a document; now and then with what JSON.stringify never writes. */
export function changedText(document: unknown, random: Random): string {
  const text = JSON.stringify(changedDocument(document, random)) ?? "null";
  if (random.uniform() < 0.9) return text;
  const numbers = [...text.matchAll(/-?\d[\d.e+-]*|"[^"]*"/g)];
  if (numbers.length === 0) return pick(STRANGE, random);
  const { index, 0: found } = pick(numbers, random);
  return text.slice(0, index) + pick(STRANGE, random) + text.slice(index + found.length);
}
