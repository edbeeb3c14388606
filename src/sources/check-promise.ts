import { UserError } from "../base/index.js";
import { MAX_BYTES, MAX_VOXELS } from "../volume/index.js";

/** What a header promises: where the voxels start, how many bytes they are, how many numbers. */
export interface Promised {
  readonly start: number;
  readonly voxelBytes: number;
  readonly voxels: number;
  /** Most bytes that the file can hold, unpacked. */
  readonly ceiling: number;
}

/** Called before memory is taken. @throws UserError where the file cannot keep the promise, or nothing could hold it */
export function checkPromise({ start, voxelBytes, voxels, ceiling }: Promised, name: string): void {
  if (start + voxelBytes > ceiling) {
    throw new UserError({
      subject: name,
      found: `a file that holds at most ${ceiling} bytes`,
      expected: `the ${start + voxelBytes} bytes its header promises`,
      advice: "The file is cut off or its header damaged: fetch it again.",
    });
  }
  if (voxels > MAX_VOXELS || voxelBytes > MAX_BYTES) {
    throw new UserError({
      subject: name,
      found: `${voxels} voxels in ${voxelBytes} bytes`,
      expected: `at most ${MAX_VOXELS} voxels and ${MAX_BYTES} bytes`,
      advice: "Crop or down-sample the image first.",
    });
  }
}
