/** The parsers that are fuzzed. */
import type { Parser } from "./parser.js";
import { nifti } from "./parsers/nifti.js";

export const parsers: readonly Parser[] = [nifti];

/** @throws RangeError where there is none of this name */
export function parserCalled(name: string): Parser {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new RangeError(`no parser ${name}`);
  return parser;
}
