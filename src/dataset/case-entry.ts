/** One prepared case in one file of the cache: written whole, verified whenever it is read. */

import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Placement } from "../preparation/index.js";
import { type Volume, voxelCount } from "../volume/index.js";
import { writeFileAtomically } from "./atomic-write.js";
import type { ResolutionCeiling } from "./resolution-ceiling.js";

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
  readonly ceiling: ResolutionCeiling;
}

interface EntryHeader extends Pick<CaseEntry, "placement" | "organVoxels" | "ceiling"> {
  readonly grid: Omit<Volume, "data">;
}

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
/** Bytes read and hashed at a time: neither takes more than 2 GiB at once. */
const PIECE = 2 ** 26;

/** Header length (4 bytes), JSON header, float32 image, uint8 target, SHA-256 of all of it. */
export async function writeEntry(path: string, entry: CaseEntry): Promise<void> {
  const { image, target, ...facts } = entry;
  const { data, ...grid } = image;
  const header = Buffer.from(JSON.stringify({ grid, ...facts } satisfies EntryHeader));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  const parts = [length, header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), target];
  const hash = createHash("sha256");
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) hash.update(part.subarray(at, at + PIECE));
  }
  await writeFileAtomically(path, [...parts, hash.digest()]);
}

/** An entry, or undefined where there is none or it is damaged. */
export async function readEntry(path: string): Promise<CaseEntry | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    return await readParts(file);
  } finally {
    await file.close();
  }
}

async function readParts(file: FileHandle): Promise<CaseEntry | undefined> {
  const { size } = await file.stat();
  const hash = createHash("sha256");
  const length = new Uint8Array(LENGTH_BYTES);
  if (!(await fill(length, file, hash))) return undefined;
  const headerBytes = Buffer.from(length.buffer).readUInt32LE();
  if (headerBytes > size) return undefined;
  const text = new Uint8Array(headerBytes);
  if (!(await fill(text, file, hash))) return undefined;
  const header = parseHeader(text);
  if (header === undefined) return undefined;
  const { grid, ...facts } = header;
  const voxels = voxelCount(grid.shape);
  const voxelBytes = voxels * (Float32Array.BYTES_PER_ELEMENT * grid.channels + 1);
  // Before memory is taken: a damaged header may say anything.
  if (LENGTH_BYTES + headerBytes + voxelBytes + DIGEST_BYTES !== size) return undefined;
  const data = new Float32Array(voxels * grid.channels);
  const target = new Uint8Array(voxels);
  const digest = new Uint8Array(DIGEST_BYTES);
  const whole =
    (await fill(new Uint8Array(data.buffer), file, hash)) &&
    (await fill(target, file, hash)) &&
    (await fill(digest, file));
  if (!whole || !hash.digest().equals(digest)) return undefined;
  return { image: { ...grid, data }, target, ...facts };
}

/** What is not verified yet: no header where it is damaged. */
function parseHeader(text: Uint8Array): EntryHeader | undefined {
  try {
    const header = JSON.parse(Buffer.from(text).toString("utf8")) as Partial<EntryHeader> | null;
    return Array.isArray(header?.grid?.shape) ? (header as EntryHeader) : undefined;
  } catch {
    return undefined;
  }
}

/** Fills an array from where the file was read last; false where the file ends before. */
async function fill(bytes: Uint8Array, file: FileHandle, hash?: Hash): Promise<boolean> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), null);
    if (bytesRead === 0) return false;
    hash?.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return true;
}
