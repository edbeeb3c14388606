/**
 * Sizes of axes, known (a number) or left open until the model runs (a symbol such as "D", or a part of it, "D/2").
 *
 * Training graphs have known sizes only; an exported inference model leaves batch and spatial sizes open.
 */

export type Dimension = number | string;
export type Dimensions = readonly Dimension[];

/** A symbol and the whole number that divides it: "D/4" is ("D", 4). */
function parts(dimension: string): { symbol: string; divisor: number } {
  const [symbol, divisor] = dimension.split("/");
  return { symbol: symbol as string, divisor: divisor === undefined ? 1 : Number(divisor) };
}

/** `dimension / divisor`; a known size must be a multiple. */
export function divide(dimension: Dimension, divisor: number): Dimension {
  if (divisor === 1) return dimension;
  if (typeof dimension === "number") {
    if (dimension % divisor !== 0) throw new RangeError(`size ${dimension} is not a multiple of ${divisor}`);
    return dimension / divisor;
  }
  const { symbol, divisor: own } = parts(dimension);
  return `${symbol}/${own * divisor}`;
}

/** `dimension * factor`; a symbol must have been divided by a multiple of the factor before. */
export function multiply(dimension: Dimension, factor: number): Dimension {
  if (factor === 1) return dimension;
  if (typeof dimension === "number") return dimension * factor;
  const { symbol, divisor } = parts(dimension);
  if (divisor % factor !== 0)
    throw new RangeError(`open size ${dimension} cannot be multiplied by ${factor}`);
  return divisor === factor ? symbol : `${symbol}/${divisor / factor}`;
}

/** All sizes as numbers, or an error that names the operator which needs them known. */
export function knownSizes(dims: Dimensions, operator: string): number[] {
  return dims.map((dimension) => {
    if (typeof dimension === "number") return dimension;
    throw new RangeError(`${operator} needs known sizes, but an axis is left open (${dimension})`);
  });
}

/** Product of known sizes. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** The dimensions of an elementwise result of two operands under ONNX (numpy) broadcasting. */
export function broadcast(a: Dimensions, b: Dimensions): Dimension[] {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new RangeError(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
    }
    result.push(left === 1 ? right : left);
  }
  return result;
}
