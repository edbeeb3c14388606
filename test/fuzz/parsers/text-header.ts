/** Headers of lines, made by chance: fields that a format has, in any order, with values that it allows or nearly. */
import type { Random } from "../../../src/base/index.js";
import { anyBytes, joined, pick } from "../mutations.js";
import { TEXT_NUMBERS } from "../numbers.js";

/** For each field the values that it may have; a field is left out at times. */
export type FieldValues = readonly (readonly [name: string, values: readonly string[]])[];

export interface HeaderRules {
  readonly first: string;
  /** Between name and value. */
  readonly separator: string;
  readonly fields: FieldValues;
  /** What comes last, before the voxels. */
  readonly last: string;
}

export function anyHeader({ first, separator, fields, last }: HeaderRules, random: Random): Uint8Array {
  const lines: string[] = [];
  for (const [name, values] of fields) {
    if (random.uniform() < 0.04) continue;
    const line = `${name}${separator}${anyValueOf(values, random)}`;
    lines.push(line);
    if (random.uniform() < 0.01) lines.push(line);
  }
  if (random.uniform() < 0.1) lines.reverse();
  if (random.uniform() < 0.1) lines.splice(random.below(lines.length), 0, pick(STRANGE_LINES, random));
  const end = random.uniform() < 0.1 ? "\r\n" : "\n";
  const text = [first, ...lines, last].join(end);
  return joined(Buffer.from(text, "latin1"), anyBytes(random.below(300), random));
}

const STRANGE_LINES = [
  "",
  "#",
  ":",
  "=",
  "a:=b",
  "# note",
  "\0",
  "x".repeat(5000),
  "é: ü",
  "__proto__: 1",
  "constructor = 1",
];

/** Mostly one that is allowed; else one of its numbers is another, or it is anything. */
function anyValueOf(values: readonly string[], random: Random): string {
  const value = pick(values, random);
  const chance = random.uniform();
  if (chance < 0.85) return value;
  if (chance < 0.95) return value.replace(/-?[\d.]+/, () => pick(TEXT_NUMBERS, random));
  return pick(["", "none", "(", "???", "a b c", `${value} ${value}`, value.slice(1), "é".repeat(50)], random);
}
