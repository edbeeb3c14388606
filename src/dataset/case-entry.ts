/** One prepared case in one file of the cache: written whole, verified whenever it is read. */

import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Placement } from "../preparation/index.js";
import { type Volume, voxelCount } from "../volume/index.js";
import { writeFileAtomically } from "./atomic-write.js";

/** What training, fitting and measuring read of a case. */
export interface PreparedVoxels {
  /** Prepared (RAS, normalised), one or more channels. */
  readonly image: Volume<Float32Array>;
  /** For each voxel of the image's grid: 0 background, n the n-th organ of the case. */
  readonly target: Uint8Array;
}

export interface CaseEntry extends PreparedVoxels {
  /** Where the prepared image lies in the files' grid. */
  readonly placement: Placement;
  /** For each organ, its voxels in the label file. */
  readonly organVoxels: readonly number[];
}

interface EntryHeader extends Pick<CaseEntry, "placement" | "organVoxels"> {
  readonly grid: Omit<Volume, "data">;
}

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
/** Bytes read at a time. */
const PIECE = 2 ** 26;

/** Header length (4 bytes), JSON header, float32 image, uint8 target, SHA-256 of all of it. */
export async function writeEntry(path: string, entry: CaseEntry): Promise<void> {
  const { image, target, placement, organVoxels } = entry;
  const { data, ...grid } = image;
  const text = Buffer.from(JSON.stringify({ grid, placement, organVoxels } satisfies EntryHeader));
  const headerBytes = Math.ceil(text.length / 4) * 4;
  const start = LENGTH_BYTES + headerBytes;
  const bytes = Buffer.alloc(start + data.byteLength + target.length + DIGEST_BYTES, " ");
  bytes.writeUInt32LE(headerBytes);
  bytes.set(text, LENGTH_BYTES);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  bytes.set(target, start + data.byteLength);
  const body = bytes.subarray(0, -DIGEST_BYTES);
  bytes.set(createHash("sha256").update(body).digest(), body.length);
  await writeFileAtomically(path, bytes);
}

/** An entry, or undefined where there is none or it is damaged. Image and target lie in the memory that was read. */
export async function readEntry(path: string): Promise<CaseEntry | undefined> {
  const bytes = await readVerified(path);
  if (bytes === undefined) return undefined;
  const headerBytes = Buffer.from(bytes.buffer).readUInt32LE(0);
  const start = LENGTH_BYTES + headerBytes;
  const header = Buffer.from(bytes.buffer, LENGTH_BYTES, headerBytes).toString("utf8");
  const { grid, placement, organVoxels } = JSON.parse(header) as EntryHeader;
  const voxels = voxelCount(grid.shape);
  const data = new Float32Array(bytes.buffer, start, voxels * grid.channels);
  const target = bytes.subarray(start + data.byteLength, start + data.byteLength + voxels);
  return { image: { ...grid, data }, target, placement, organVoxels };
}

/** All bytes of a file whose last 32 are the SHA-256 of the others; memory of their own. */
async function readVerified(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array((await file.stat()).size);
    const body = bytes.length - DIGEST_BYTES;
    if (body < LENGTH_BYTES || !(await fill(bytes, file))) return undefined;
    const digest = createHash("sha256").update(bytes.subarray(0, body)).digest();
    return digest.equals(bytes.subarray(body)) ? bytes : undefined;
  } finally {
    await file.close();
  }
}

/** False where the file ends before the array is full. */
async function fill(bytes: Uint8Array, file: FileHandle): Promise<boolean> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}
