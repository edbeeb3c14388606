import type { VoxelArray } from "./volume.js";

/** A new array of the same kind as `like`, filled with zeros. */
export function arrayLike<Data extends VoxelArray>(like: Data, length: number): Data {
  const Kind = like.constructor as new (length: number) => Data;
  return new Kind(length);
}

/** True for the integer kinds: the ones that can hold labels. */
export function isIntegerArray(data: VoxelArray): boolean {
  return !(data instanceof Float32Array || data instanceof Float64Array);
}

/** Throws RangeError when `value` does not survive being stored in an array of this kind. */
export function checkStorable(data: VoxelArray, value: number, what: string): void {
  if (!isIntegerArray(data)) return;
  const probe = arrayLike(data, 1);
  probe[0] = value;
  if (probe[0] !== value) throw new RangeError(`${what} ${value} does not fit into ${data.constructor.name}`);
}
