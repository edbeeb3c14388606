/** The configuration's way to say which label values make up an organ: single values, ranges, or lists of both. */
import { z } from "zod";

/** Organs of a dataset: for each, the label values of its files that make it up. */
export type OrganSelection = Readonly<Record<string, readonly number[]>>;

/** Label files hold whole numbers of one byte; 0 is the background. */
const LARGEST_VALUE = 255;

const EXPECTED = "expected label values: a number, a range such as 1-40, or a list of them";

const single = z.union([z.number(), z.string()]);

/**
 * Label values of one organ: `3`, `"1-40"` or `[1, 3, "7-9"]`. Read as the single values in the order given, each once;
 * values are from 1 to 255 and ranges include both ends.
 */
export const labelValuesSchema = z
  .union([single, z.array(single).min(1, EXPECTED)], EXPECTED)
  .transform((given, context) => {
    const values = new Set<number>();
    for (const item of [given].flat()) {
      const range = rangeOf(item);
      if (typeof range === "string") {
        context.addIssue({ code: "custom", message: `found ${JSON.stringify(item)}, ${range}` });
        return z.NEVER;
      }
      for (let value = range.first; value <= range.last; value++) values.add(value);
    }
    return [...values];
  });

/** Label values by organ or region; regions may share values. */
export const overlappingOrgansSchema = z
  .record(z.string().min(1), labelValuesSchema)
  .superRefine((organs, context) => {
    if (Object.keys(organs).length === 0) {
      context.addIssue({ code: "custom", message: "expected at least one organ with its label values" });
    }
  });

/** Label values by organ; no value belongs to two organs. */
export const organsSchema = overlappingOrgansSchema.superRefine((organs, context) =>
  refuseOverlaps(organs, context, {
    path: [],
    advice: "train overlapping regions apart, or as the parts that they are made of",
  }),
);

/** @param where the organs are in what is checked, and what to do about values that two of them have */
export function refuseOverlaps(
  organs: z.output<typeof overlappingOrgansSchema>,
  context: z.core.$RefinementCtx,
  where: { readonly path: readonly string[]; readonly advice: string },
): void {
  const ownerOf = new Map<number, string>();
  for (const [organ, values] of Object.entries(organs)) {
    const shared = values.find((value) => ownerOf.has(value));
    if (shared !== undefined) {
      context.addIssue({
        code: "custom",
        path: [...where.path, organ],
        message: `found label value ${shared}, which ${ownerOf.get(shared)} has too, expected each value in one organ; ${where.advice}`,
      });
    }
    for (const value of values) ownerOf.set(value, organ);
  }
}

/** Both ends of one item, or what is expected instead. */
function rangeOf(item: number | string): { first: number; last: number } | string {
  const match = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(String(item).trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match) return `expected a whole number or a range such as 7-9`;
  if (last < first) return `expected the lower end of the range first: ${last}-${first}`;
  if (first < 1 || last > LARGEST_VALUE)
    return `expected values from 1 to ${LARGEST_VALUE} (0 is the background)`;
  return { first, last };
}

/** Label values in few words, runs of neighbours as ranges: `1-3, 7`. */
export function labelValuesText(values: readonly number[]): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const value of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && value === run.last + 1) run.last = value;
    else runs.push({ first: value, last: value });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}
