/** Which numbers hold the values of a series. */
import type { Frame } from "./instance.js";

export type DicomData = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

const integerKinds = [Int16Array, Uint8Array, Uint16Array, Int32Array, Uint32Array] as const;

/**
 * Zeros of the kind that holds every value the slices could have: integers where all slopes are 1 and all intercepts whole
 * (16 bits with a sign before others, as most scans are), else float32.
 */
export function voxelArrayFor(frames: readonly Frame[], length: number): DicomData {
  const whole = frames.every(({ slope, intercept }) => slope === 1 && Number.isInteger(intercept));
  if (!whole) return new Float32Array(length);
  const ranges = frames.map(rangeOf);
  const low = Math.min(...ranges.map(([least]) => least));
  const high = Math.max(...ranges.map(([, most]) => most));
  const Kind = integerKinds.find((candidate) => {
    const probe = new candidate([low, high]);
    return probe[0] === low && probe[1] === high;
  });
  return new (Kind ?? Float32Array)(length);
}

/** The least and the largest value that the bits of a frame could mean. */
function rangeOf({ instance, intercept }: Frame): [number, number] {
  const { bitsStored, signed } = instance.stored;
  const [low, high] = signed
    ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1]
    : [0, 2 ** bitsStored - 1];
  return [low + intercept, high + intercept];
}
