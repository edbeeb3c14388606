/**
 * The dense arrays of the reference evaluator and the index arithmetic its operators share.
 *
 * Every element is a double, whatever the model says: float32 is computed in double precision, whole numbers are
 * exact up to 2^53 (larger ones are refused where they are made, except the sentinels of Slice), truth is 0 or 1.
 * The last axis runs fastest.
 */

export type Kind = "float" | "integer" | "bool";

export interface ReferenceTensor {
  readonly kind: Kind;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** Number of elements of an array with these dimensions; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A tensor whose data must fill its dimensions exactly. */
export function tensor(kind: Kind, dims: readonly number[], data: ArrayLike<number>): ReferenceTensor {
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 0)) {
    throw new Error(`a tensor cannot have dimensions [${dims}]`);
  }
  if (data.length !== sizeOf(dims)) {
    throw new Error(`dimensions [${dims}] need ${sizeOf(dims)} elements, found ${data.length}`);
  }
  return { kind, dims: [...dims], data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** Builds a tensor by asking `valueAt` for each element, in order, with its coordinates (valid only during the call). */
export function generate(
  kind: Kind,
  dims: readonly number[],
  valueAt: (at: readonly number[]) => number,
): ReferenceTensor {
  const data = new Float64Array(sizeOf(dims));
  let flat = 0;
  eachPosition(dims, (at) => {
    data[flat++] = valueAt(at);
  });
  return tensor(kind, dims, data);
}

/** Calls `visit` with every coordinate of an array, last axis fastest. The array passed is reused between calls. */
export function eachPosition(dims: readonly number[], visit: (at: readonly number[]) => void): void {
  const at = dims.map(() => 0);
  for (let left = sizeOf(dims); left > 0; left--) {
    visit(at);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at[axis] = at[axis]! + 1;
      if (at[axis]! < dims[axis]!) break;
      at[axis] = 0;
    }
  }
}

/** Place in `data` of the element at these coordinates. */
export function flatIndex(dims: readonly number[], at: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < dims.length; axis++) flat = flat * dims[axis]! + at[axis]!;
  return flat;
}

/** The element at these coordinates. */
export function valueAt(source: ReferenceTensor, at: readonly number[]): number {
  return source.data[flatIndex(source.dims, at)]!;
}

/** The dimensions numpy gives to an expression over arrays of these dimensions. */
export function broadcastDims(all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...all.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) => {
    let result = 1;
    for (const dims of all) {
      const dim = dims[axis - rank + dims.length] ?? 1;
      if (dim === 1) continue;
      if (result !== 1 && result !== dim) {
        throw new Error(`dimensions ${all.map((each) => `[${each}]`).join(" and ")} do not broadcast`);
      }
      result = dim;
    }
    return result;
  });
}

/** The element that stands at `at` of the broadcast result (numpy rules: align last axes, repeat axes of length 1). */
export function broadcastValue(source: ReferenceTensor, at: readonly number[]): number {
  const { dims } = source;
  const skipped = at.length - dims.length;
  let flat = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    flat = flat * dims[axis]! + (dims[axis] === 1 ? 0 : at[skipped + axis]!);
  }
  return source.data[flat]!;
}

/** `axis` counted from the front; throws when it lies outside of an array of this rank. */
export function frontAxis(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || counted < 0 || counted >= rank) {
    throw new Error(`axis ${axis} does not exist in an array of ${rank} axes`);
  }
  return counted;
}

/** Axes counted from the front, each at most once. */
export function frontAxes(axes: readonly number[], rank: number): number[] {
  const counted = axes.map((axis) => frontAxis(axis, rank));
  if (new Set(counted).size !== counted.length) throw new Error(`axes [${axes}] name one axis twice`);
  return counted;
}

/** The elements of a whole-number tensor of one axis (or a scalar), such as a shape or a list of axes. */
export function integersOf(source: ReferenceTensor, what: string): number[] {
  if (source.kind !== "integer" || source.dims.length > 1) {
    throw new Error(`${what} must be a list of whole numbers, found ${source.kind} [${source.dims}]`);
  }
  return Array.from(source.data);
}

/** The one element of a tensor that holds one. */
export function scalarOf(source: ReferenceTensor, what: string): number {
  if (source.data.length !== 1) throw new Error(`${what} must hold one element, found [${source.dims}]`);
  return source.data[0]!;
}

/** Throws unless the tensor is of this kind. */
export function requireKind(source: ReferenceTensor, kind: Kind, what: string): ReferenceTensor {
  if (source.kind !== kind) throw new Error(`${what} must be ${kind}, found ${source.kind}`);
  return source;
}

/** Throws unless the tensor has exactly these dimensions. */
export function requireDims(source: ReferenceTensor, dims: readonly number[], what: string): void {
  if (source.dims.length !== dims.length || source.dims.some((dim, axis) => dim !== dims[axis])) {
    throw new Error(`${what} must have dimensions [${dims}], found [${source.dims}]`);
  }
}

/** Throws when a whole-number result lost its exactness in double precision. */
export function requireExact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`whole number ${value} is beyond 2^53`);
  return value;
}
