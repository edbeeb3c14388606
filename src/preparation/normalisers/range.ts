/** Ranges of intensities, as several steps use them. */
/** A range the wrong way round would make every image flat. */
export const ascending = "expected the lower number before the higher one";

export function clamp(values: Float32Array, low: number, high: number): void {
  for (let at = 0; at < values.length; at++) values[at] = Math.min(high, Math.max(low, values[at]!));
}
