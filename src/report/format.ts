/** Numbers as a reader sees them. An en dash stands for what is not defined. */

const NOTHING = "–";

/** `digits` decimals; an en dash for null, undefined, NaN or infinity. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NOTHING : value.toFixed(digits);
}

/** A fraction in per cent. */
export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? NOTHING
    : `${(100 * value).toFixed(digits)} %`;
}

/** Three significant figures without an exponent where that is readable. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1);
  if (size >= 1000) return value.toFixed(0);
  return value.toPrecision(3);
}

/** "1 case", "2 cases". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
