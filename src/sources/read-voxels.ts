import { UserError } from "../base/index.js";
import type { ByteSource } from "./byte-source.js";

/** The bytes of the voxels. @throws UserError naming `name` where there are fewer than its header promises */
export async function readVoxels(
  source: ByteSource,
  count: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  checkWhole(await source.fill(bytes), count, name);
  return bytes;
}

/** @throws UserError naming `name` where fewer bytes are there than its header promises */
export function checkWhole(length: number, count: number, name: string): void {
  if (length >= count) return;
  throw new UserError({
    subject: name,
    found: `${length} bytes of voxels`,
    expected: `the ${count} bytes its header promises`,
    advice: "The file is cut off: fetch it again.",
  });
}
