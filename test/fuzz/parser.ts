/** What a parser is to the fuzzer: how it is fed, and from which files inputs are made. */
import type { Random } from "../../src/base/index.js";

/** A place in a file that states something, and what hostile files put there. */
export interface Field {
  readonly start: number;
  /** Behind its last byte. */
  readonly end: number;
  readonly values: readonly Uint8Array[];
}

/** A parser that is ready for inputs. */
export interface OpenParser {
  /** Whole, small files that mutations start from; none of them holds anything of a patient. */
  readonly seeds: readonly Uint8Array[];
  /** Hands an input to the parser; settles when all that it started is over. `seed` is the number of the file it was made from. */
  read(bytes: Uint8Array, seed: number): Promise<unknown>;
  /** Fields of a seed, beside the numbers that it states as text. */
  fields?(seed: Uint8Array): readonly Field[];
  /** An input by the rules of the format instead of from a file. */
  grammar?(random: Random): Uint8Array;
  close?(): Promise<void>;
}

export interface Parser {
  /** As it is given on the command line. */
  readonly name: string;
  /** What is read, for people. */
  readonly reads: string;
  /** The suite tries images beside everything else. */
  readonly kind?: "image";
  open(): Promise<OpenParser>;
}
