/** Accuracy by dataset, and of how many volumes each figure is. */
import { groupBy } from "../base/index.js";
import { summary } from "../metrics/index.js";
import type { CaseResult } from "./evaluation.js";

export interface DatasetMeans {
  readonly dataset: string;
  /** Volumes, times the organs that are measured in each. */
  readonly cases: number;
  /** Of them, those where the network found anything: surface distances are means over these alone. */
  readonly found: number;
  readonly dice: number;
  /** Mean Dice coefficient of references with themselves after the prepared grid and back. */
  readonly ceiling: number | null;
  /** mm; null where nothing was found at all. */
  readonly hd95: number | null;
  /** mm; null where nothing was found at all. */
  readonly assd: number | null;
}

export function meansByDataset(cases: readonly CaseResult[]): DatasetMeans[] {
  return [...groupBy(cases, ({ dataset }) => dataset)].map(([dataset, rows]) => {
    const mean = (field: "dice" | "ceiling" | "hd95" | "assd"): number | null => {
      const { count, mean: value } = summary(rows.map((row) => row[field] ?? Number.NaN));
      return count === 0 ? null : value;
    };
    return {
      dataset,
      cases: rows.length,
      found: rows.filter(({ hd95 }) => hd95 !== null).length,
      dice: mean("dice") ?? 0,
      ceiling: mean("ceiling"),
      hd95: mean("hd95"),
      assd: mean("assd"),
    };
  });
}
