import { type FrameDecoder, frameBytes } from "./frame-decoder.js";

/** Bytes of the header: the number of segments and where each begins, 32 bits each. */
const HEADER = 64;

/** RLE Lossless (PS3.5 annex G): one PackBits segment for each byte of the samples, the most significant first. */
export const decodeRle: FrameDecoder = async (encoded, size) => {
  const { rows, columns, sampleBytes } = size;
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < HEADER || view.getUint32(0, true) !== sampleBytes) throw new RangeError("segments");
  const decoded = new Uint8Array(frameBytes(size));
  for (let segment = 0; segment < sampleBytes; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < sampleBytes ? view.getUint32(8 + 4 * segment, true) : encoded.length;
    const place = { offset: sampleBytes - 1 - segment, step: sampleBytes, count: rows * columns };
    unpackBits(encoded.subarray(start, end), decoded, place);
  }
  return decoded;
};

interface Place {
  /** Of the first byte. */
  readonly offset: number;
  readonly step: number;
  readonly count: number;
}

function unpackBits(packed: Uint8Array, target: Uint8Array, { offset, step, count }: Place): void {
  let [at, done] = [0, 0];
  while (done < count) {
    const code = packed[at++];
    if (code === undefined) throw new RangeError("cut off");
    if (code === 128) continue;
    const run = code > 128;
    const length = Math.min(run ? 257 - code : code + 1, count - done);
    if (at + (run ? 1 : length) > packed.length) throw new RangeError("cut off");
    for (let n = 0; n < length; n++) target[offset + step * (done + n)] = packed[run ? at : at + n]!;
    // A literal run may go on after the last sample: what it says is of no use.
    at += run ? 1 : code + 1;
    done += length;
  }
}
