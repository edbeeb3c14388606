/** What formats share whose header is text and whose voxels follow it, packed or not. */
import { UserError } from "../base/index.js";
import { type ByteSource, MOST_DEFLATE_GAIN, openPacked, type Packing } from "./byte-source.js";
import { checkPromise } from "./check-promise.js";
import { checkWhole, readVoxels } from "./read-voxels.js";

/** Longest header, 4 MiB: segmentations and diffusion images carry long notes. */
const MAX_HEADER = 2 ** 22;

const PIECE = 4096;
const NEWLINE = 10;

/** Bytes as text, each a character (Latin-1): nothing is lost on the way back. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

/** The way back. */
export const bytesOfText = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 0xff);

/** A source that gives lines first and bytes then. */
export class LineSource implements ByteSource {
  readonly ceiling: number;
  private held: Uint8Array = new Uint8Array(0);
  private taken = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly name: string,
  ) {
    this.ceiling = source.ceiling;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.taken;
  }

  /**
   * The next line as text, without its end; undefined where there is none any more.
   *
   * @throws UserError where there is more text than any header has
   */
  async line(): Promise<string | undefined> {
    let at = this.held.indexOf(NEWLINE);
    while (at < 0) {
      if (this.taken + this.held.length > MAX_HEADER) throw tooLong(this.name);
      const piece = new Uint8Array(PIECE);
      const length = await this.source.fill(piece);
      if (length === 0) break;
      const before = this.held.length;
      const longer = new Uint8Array(before + length);
      longer.set(this.held);
      longer.set(piece.subarray(0, length), before);
      this.held = longer;
      at = longer.indexOf(NEWLINE, before);
    }
    if (this.held.length === 0) return undefined;
    const end = at < 0 ? this.held.length : at;
    const text = textOf(this.held.subarray(0, end));
    this.take(Math.min(end + 1, this.held.length));
    return text.replace(/\r$/, "");
  }

  async fill(target: Uint8Array): Promise<number> {
    const piece = this.held.subarray(0, target.length);
    target.set(piece);
    this.take(piece.length);
    const more = await this.source.fill(target.subarray(piece.length));
    this.taken += more;
    return piece.length + more;
  }

  async skip(count: number): Promise<number> {
    const own = Math.min(count, this.held.length);
    this.take(own);
    const more = await this.source.skip(count - own);
    this.taken += more;
    return own + more;
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private take(count: number): void {
    this.held = this.held.subarray(count);
    this.taken += count;
  }
}

const tooLong = (name: string): UserError =>
  new UserError({
    subject: name,
    found: `more than ${MAX_HEADER} bytes of header`,
    expected: "voxels after it",
    advice: "The header is damaged: fetch the file again.",
  });

/** How voxels follow a header. */
export interface StoredVoxels {
  readonly voxelBytes: number;
  /** Of all channels. */
  readonly voxels: number;
  /** Undefined where they are stored as they are. */
  readonly packing: Packing | undefined;
  /** Bytes between header and voxels; "rest" where the voxels are what the file ends with. */
  readonly skip: number | "rest";
  /** Where packed voxels have these bytes: before what is packed, or inside it. */
  readonly skipIn: "file" | "packed";
}

/** Whether the file can hold what its header says, asked before memory is taken. @throws UserError where it cannot */
export function checkStored(lines: LineSource, stored: StoredVoxels, name: string): void {
  const { voxelBytes, voxels, packing, skipIn } = stored;
  const skip = stored.skip === "rest" ? 0 : stored.skip;
  const start = lines.position + skip;
  const inFile = packing !== undefined && skipIn === "packed" ? lines.position : start;
  const rest = Math.max(0, lines.ceiling - inFile);
  const ceiling = inFile + (packing === undefined ? rest : rest * MOST_DEFLATE_GAIN);
  checkPromise({ start, voxelBytes, voxels, ceiling }, name);
}

/** The voxels' bytes. @throws UserError where they are fewer than promised, or packed bytes are damaged */
export async function readStored(
  lines: LineSource,
  { voxelBytes, packing, skip, skipIn }: StoredVoxels,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (packing === undefined && skip !== "rest") {
    await lines.skip(skip);
    return readVoxels(lines, voxelBytes, name);
  }
  // Packing never makes more than a thousandth longer; more bytes than that are not worth waiting for.
  const most = voxelBytes + Math.ceil(voxelBytes / 1000) + PIECE;
  if (packing === undefined) return readEnd(lines, { voxelBytes, most }, name);
  const before = skip === "rest" ? MAX_HEADER : skip;
  if (skipIn === "file") await lines.skip(skip === "rest" ? 0 : skip);
  const mostPacked = skipIn === "file" ? most : most + before;
  const unpacked = openPacked(await readRest(lines, mostPacked, name), name, packing);
  if (skipIn === "packed" && skip === "rest") {
    return readEnd(unpacked, { voxelBytes, most: voxelBytes + MAX_HEADER }, name);
  }
  if (skipIn === "packed") await unpacked.skip(before);
  const bytes = await readVoxels(unpacked, voxelBytes, name);
  await unpacked.close();
  return bytes;
}

/** The voxels that a source ends with. @throws UserError where more than `most` bytes are left, or too few */
async function readEnd(
  source: ByteSource,
  { voxelBytes, most }: { readonly voxelBytes: number; readonly most: number },
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const rest = await readRest(source, most, name);
  checkWhole(rest.length, voxelBytes, name);
  return rest.slice(rest.length - voxelBytes);
}

/** Everything that is left. @throws UserError where that is more than `most` */
async function readRest(source: ByteSource, most: number, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.min(most, source.ceiling) + 1);
  const length = await source.fill(bytes);
  if (length <= most) return bytes.slice(0, length);
  throw new UserError({
    subject: name,
    found: `more than ${most} bytes after the header`,
    expected: "its voxels alone",
    advice: "The header is damaged: fetch the file again.",
  });
}
