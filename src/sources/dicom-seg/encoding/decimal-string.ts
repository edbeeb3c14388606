/** Most characters of a Decimal String (PS3.5 6.2). */
const MOST_CHARACTERS = 16;

/**
 * A number as Decimal String: the very number where 16 characters can say it, which they can for every number that was read
 * from such a string; else the nearest that they can.
 */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError("a decimal string of what is no finite number");
  const exact = [String(value), value.toExponential()].find((text) => text.length <= MOST_CHARACTERS);
  if (exact !== undefined) return exact;
  for (let digits = 16; ; digits--) {
    const rounded = Number(value.toPrecision(digits));
    const text = [String(rounded), rounded.toExponential()].find(
      (written) => written.length <= MOST_CHARACTERS,
    );
    if (text !== undefined) return text;
  }
}
