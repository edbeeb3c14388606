import { UserError } from "../base/index.js";

/**
 * The bytes of a file, read from its start in pieces, unpacked on the way when they are gzipped. Nothing is unpacked
 * before it is asked for.
 */
export interface ByteSource {
  /** Most bytes the source can hold: its length, or what that many gzipped bytes can unpack to. */
  readonly ceiling: number;
  /** Fills `target` with the next bytes; says how many there were, fewer than asked for only at the end. */
  fill(target: Uint8Array): Promise<number>;
  /** Skips bytes; says how many there were. */
  skip(count: number): Promise<number>;
  /** To be called after the last byte needed: checks the gzip trailer when it is next, then lets go. */
  close(): Promise<void>;
}

/** Deflate turns at most 1032 bytes into 1 (258 bytes for a pair of 1-bit codes). */
export const MOST_DEFLATE_GAIN = 1032;

/** Bytes handed to the unpacker at a time. */
const PIECE = 1 << 18;

/** True when the bytes start as gzip does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A source over a whole file, gzipped or not; `name` is for errors. */
export function openBytes(bytes: Uint8Array, name: string): ByteSource {
  return isGzip(bytes) ? openPacked(bytes, name, "gzip") : new PlainSource(bytes);
}

/** How bytes are packed: gzip (RFC 1952), or zlib (RFC 1950), which the platform calls "deflate". */
export type Packing = "gzip" | "deflate";

/** A source over packed bytes; `name` is for errors. */
export const openPacked = (bytes: Uint8Array, name: string, packing: Packing): ByteSource =>
  new PackedSource(bytes, name, packing);

class PlainSource implements ByteSource {
  readonly ceiling: number;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.ceiling = bytes.length;
  }

  async fill(target: Uint8Array): Promise<number> {
    const piece = this.bytes.subarray(this.at, this.at + target.length);
    target.set(piece);
    this.at += piece.length;
    return piece.length;
  }

  async skip(count: number): Promise<number> {
    const skipped = Math.min(count, this.bytes.length - this.at);
    this.at += skipped;
    return skipped;
  }

  async close(): Promise<void> {}
}

class PackedSource implements ByteSource {
  readonly ceiling: number;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private held: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(
    bytes: Uint8Array,
    private readonly name: string,
    private readonly packing: Packing,
  ) {
    this.ceiling = bytes.length * MOST_DEFLATE_GAIN;
    let at = 0;
    const packed = new ReadableStream<BufferSource>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        // The cast says that the file's bytes are not shared memory, which streams refuse.
        controller.enqueue(bytes.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>);
        at += PIECE;
      },
    });
    this.reader = packed.pipeThrough(new DecompressionStream(packing)).getReader();
  }

  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.hold())) {
      const piece = this.held.subarray(0, target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      this.held = this.held.subarray(piece.length);
    }
    return filled;
  }

  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count && (await this.hold())) {
      const step = Math.min(this.held.length, count - skipped);
      skipped += step;
      this.held = this.held.subarray(step);
    }
    return skipped;
  }

  async close(): Promise<void> {
    // One more read lets the unpacker meet the trailer and compare its checksum; what else follows is not wanted.
    if (this.held.length === 0 && !this.ended) await this.hold();
    this.ended = true;
    await this.reader.cancel().catch(() => {});
  }

  /** Makes sure that bytes are held; false at the end. */
  private async hold(): Promise<boolean> {
    while (this.held.length === 0 && !this.ended) {
      try {
        const { value, done } = await this.reader.read();
        if (done) this.ended = true;
        else this.held = value;
      } catch (cause) {
        this.ended = true;
        throw new UserError({
          subject: this.name,
          found: `${this.packing === "gzip" ? "gzip" : "zlib"} data that is cut off or damaged`,
          expected: `a whole ${this.packing === "gzip" ? "gzip file" : "file"}`,
          advice: "The file was probably not copied or downloaded completely: fetch it again.",
          cause,
        });
      }
    }
    return this.held.length > 0;
  }
}

/** Packs pieces of bytes, joined, with the platform's own compressor. */
export async function packed(pieces: readonly Uint8Array[], packing: Packing): Promise<Uint8Array> {
  const plain = new ReadableStream<BufferSource>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  const parts: Uint8Array[] = [];
  const reader = plain.pipeThrough(new CompressionStream(packing)).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return joined(parts);
    parts.push(value);
  }
}

/** One array of several. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
