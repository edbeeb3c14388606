/**
 * Rows as comma-separated values after RFC 4180: lines end in CR LF, a field with a comma, quote or line break is
 * quoted, quotes inside are doubled. The first line names the columns: `columns`, or every key in order of first
 * appearance. `null`, `undefined` and NaN become empty fields; numbers and booleans are written in full.
 */
export function toCsv(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns?: readonly string[],
): string {
  const names = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (names.length === 0) return "";
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((fields) => `${fields.map(field).join(",")}\r\n`).join("");
}

function field(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
