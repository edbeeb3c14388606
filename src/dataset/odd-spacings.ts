/** Cases whose voxels have another size than those of their siblings: often a header that lost its place or its unit. */
import type { InspectedCase, Problem } from "./inspect-case.js";

/** Closer to the median than this share, a spacing is never odd. */
const TOLERANCE = Math.log(1.05);
/** Nor within this many times the median distance from the median: datasets of many scanners vary. */
const SPREADS = 6;
/** More than this share of odd cases is a mixture of two kinds of scans, not a mistake ... */
const MOST_ODD = 0.1;
/** ... unless they are off by so much that units must be mixed up. */
const UNITS = Math.log(10);

const axes = [
  { letters: "RL", words: "right to left" },
  { letters: "AP", words: "back to front" },
  { letters: "SI", words: "feet to head" },
];

/** Warnings about cases that stand out, one a case, along the patient's axis where they do most. */
export function oddSpacings(cases: readonly InspectedCase[]): Problem[] {
  const known = cases.filter((item) => item.spacing !== undefined && item.orientation !== undefined);
  if (known.length < 3) return [];
  const odd = new Map<InspectedCase, { off: number; problem: string }>();
  for (const { letters, words } of axes) {
    const logs = known.map((item) => Math.log(spacingAlong(item, letters)));
    const middle = medianOf(logs);
    const spread = medianOf(logs.map((value) => Math.abs(value - middle)));
    for (const [index, item] of known.entries()) {
      const off = Math.abs(logs[index]! - middle);
      if (off <= Math.max(TOLERANCE, SPREADS * spread) || off <= (odd.get(item)?.off ?? 0)) continue;
      const problem = `voxels of ${millimetres(logs[index]!)} mm from ${words}, where the dataset's other cases have about ${millimetres(middle)}`;
      odd.set(item, { off, problem });
    }
  }
  const few = odd.size <= Math.max(1, MOST_ODD * known.length);
  return [...odd]
    .filter(([, { off }]) => few || off > UNITS)
    .map(([{ id, file }, { problem }]) => ({
      case: id,
      file,
      level: "warning",
      problem,
      advice: "Check the spacing in the file's header; a header that lost its place often says 1 mm.",
    }));
}

function spacingAlong({ spacing, orientation }: InspectedCase, letters: string): number {
  const axis = [...(orientation as string)].findIndex((letter) => letters.includes(letter));
  return spacing![axis]!;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const millimetres = (log: number): string => String(Number(Math.exp(log).toPrecision(3)));
