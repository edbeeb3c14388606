/** The input of a number: all from the parser's seeds, the campaign's seed and the number itself. */
import { Random } from "../../src/base/index.js";
import { bitsFlipped, bytesSet, fieldsForged, pick, rearranged, spliced } from "./mutations.js";
import { textNumbers } from "./numbers.js";
import type { Field, OpenParser } from "./parser.js";

export interface Input {
  readonly bytes: Uint8Array;
  /** The file that it was made from; 0 where it was made by grammar. */
  readonly seed: number;
}

/** Of ten inputs, in this order. */
const WAYS = [
  "truncation",
  "fields",
  "bits",
  "grammar",
  "splice",
  "fields",
  "truncation",
  "bytes",
  "grammar",
  "pieces",
] as const;
const TRUNCATIONS = WAYS.filter((way) => way === "truncation").length;

/** Next to the golden section of 2^32: steps of it visit a range evenly, from the first ones on. */
const STRIDE = 2654435761;

export class Inputs {
  private readonly fields: readonly (readonly Field[])[];
  /** Of all seeds, one after the other, every length to which they can be cut. */
  private readonly lengths: number;
  private readonly stride: number;

  /** @param seed of the campaign */
  constructor(
    private readonly parser: OpenParser,
    private readonly seed: number,
  ) {
    this.fields = parser.seeds.map((bytes) => [...(parser.fields?.(bytes) ?? []), ...textNumbers(bytes)]);
    this.lengths = parser.seeds.reduce((sum, { length }) => sum + length, 0);
    this.stride = coprime(STRIDE % this.lengths, this.lengths);
  }

  /** How many inputs it takes until every seed was cut at every length. */
  get untilEveryLength(): number {
    return Math.ceil(this.lengths / TRUNCATIONS) * WAYS.length;
  }

  input(index: number): Input {
    const random = Random.stream(this.seed, "fuzz", index);
    const seed = random.below(this.parser.seeds.length);
    const bytes = this.parser.seeds[seed]!;
    switch (WAYS[index % WAYS.length]) {
      case "truncation":
        return this.truncated(index);
      case "fields":
        if (this.fields[seed]!.length === 0) return { bytes: bytesSet(bytes, random), seed };
        return { bytes: fieldsForged(bytes, this.fields[seed]!, random), seed };
      case "bits":
        return { bytes: bitsFlipped(bytes, random), seed };
      case "grammar":
        if (this.parser.grammar !== undefined) return { bytes: this.parser.grammar(random), seed: 0 };
        return { bytes: this.severalTimes(seed, random), seed };
      case "splice":
        return { bytes: spliced(bytes, pick(this.parser.seeds, random), random), seed };
      case "bytes":
        return { bytes: bytesSet(bytes, random), seed };
      default:
        return { bytes: this.severalTimes(seed, random), seed };
    }
  }

  /** Every length of every seed once; from then on with damage besides. */
  private truncated(index: number): Input {
    const before = Math.floor(index / WAYS.length) * TRUNCATIONS;
    const within = WAYS.slice(0, index % WAYS.length).filter((way) => way === "truncation").length;
    const count = before + within;
    let place = (count * this.stride) % this.lengths;
    const seed = this.parser.seeds.findIndex(({ length }) => {
      if (place < length) return true;
      place -= length;
      return false;
    });
    const whole = this.parser.seeds[seed]!;
    const again = count >= this.lengths;
    const bytes = again ? bytesSet(whole, Random.stream(this.seed, "cut", index)) : whole;
    return { bytes: bytes.subarray(0, place), seed };
  }

  private severalTimes(seed: number, random: Random): Uint8Array {
    let bytes = this.parser.seeds[seed]!;
    for (let left = 1 + random.below(3); left > 0 && bytes.length > 0; left--) {
      bytes = pick([rearranged, rearranged, bytesSet, bitsFlipped], random)(bytes, random);
    }
    return bytes;
  }
}

/** The next number that has no divisor in common with another. */
function coprime(number: number, other: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let found = Math.max(1, number);
  while (divisor(found, other) > 1) found++;
  return found;
}
