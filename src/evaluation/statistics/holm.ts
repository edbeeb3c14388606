/**
 * Holm's step-down correction of a family of p-values (Scandinavian Journal of Statistics 6, 1979): adjusted p-values, in the
 * given order. Rejecting those up to alpha keeps the chance of any false rejection in the family at most alpha.
 *
 * @param pValues NaN for a test that could not be done: it stays NaN and does not count in the family
 * @throws RangeError for a number that is no probability
 */
export function holm(pValues: ArrayLike<number>): number[] {
  const adjusted = Array.from(pValues);
  for (const p of adjusted) if (p < 0 || p > 1) throw new RangeError(`${p} is not a p-value`);
  const order = adjusted.flatMap((p, index) => (Number.isNaN(p) ? [] : [{ p, index }]));
  order.sort((a, b) => a.p - b.p);
  let largest = 0;
  order.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (order.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
