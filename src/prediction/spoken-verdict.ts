/** A verdict in the forms that leave the program: JSON that names its bundle, and one line. */
import { type Bundle, verdictFigures } from "../bundle/index.js";
import type { Verdict } from "../ood/index.js";

export interface SpokenVerdict extends Verdict {
  readonly warnings: readonly string[];
  readonly bundle: { readonly name: string; readonly version: string; readonly fingerprint: string };
}

export function spokenVerdict(
  { card, fingerprint }: Bundle,
  verdict: Verdict,
  warnings: readonly string[],
): SpokenVerdict {
  return { ...verdict, warnings, bundle: { name: card.name, version: card.version, fingerprint } };
}

/** @param name what the line calls the image */
export const verdictLine = (name: string, verdict: Verdict): string =>
  `${name}: ${verdict.foreign ? `FOREIGN (${verdict.reason})` : "trusted"}, ${verdictFigures(verdict)}`;
