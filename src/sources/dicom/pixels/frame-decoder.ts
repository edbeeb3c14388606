/**
 * Decodes one compressed frame. The result is rows x columns samples, little-endian, of as many bytes as bits were
 * allocated. Everything thrown means that the frame is damaged.
 */
export type FrameDecoder = (encoded: Uint8Array, size: FrameSize) => Promise<Uint8Array>;

export interface FrameSize {
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a sample: 1, 2 or 4. */
  readonly sampleBytes: number;
}

/** Bytes of a decoded frame. */
export const frameBytes = ({ rows, columns, sampleBytes }: FrameSize): number => rows * columns * sampleBytes;

/**
 * Samples of a byte or two as they were decoded, in the width that was allocated. Decoders choose one byte for samples of
 * up to 8 bits, whatever was allocated.
 *
 * @throws RangeError where there are more or fewer samples than the frame has
 */
export function widened(decoded: Uint8Array, size: FrameSize): Uint8Array {
  const wanted = frameBytes(size);
  if (decoded.length === wanted) return decoded.slice();
  const samples = size.rows * size.columns;
  const width = decoded.length / samples;
  if (width !== 1 && width !== 2) throw new RangeError("samples of another number");
  if (width > size.sampleBytes) throw new RangeError("samples wider than was allocated");
  const wide = new Uint8Array(wanted);
  for (let at = 0; at < samples; at++)
    for (let byte = 0; byte < width; byte++) wide[at * size.sampleBytes + byte] = decoded[at * width + byte]!;
  return wide;
}
