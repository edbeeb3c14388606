/** Mean of the rows, a number a feature. */
export function meanOf(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let at = 0; at < mean.length; at++) mean[at]! += row[at]! / rows.length;
  return mean;
}
