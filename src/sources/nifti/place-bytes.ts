/**
 * The fields of a header that say where its voxels lie, as bytes: what is copied from an image to its results. As numbers
 * they would not survive whole: a NaN that a scanner wrote can become another one on the way.
 */

/** [offset, how many numbers, bytes of each]: pixdim[0..3], units, codes, quaternion and offsets, rows. */
const FIELDS = {
  1: [
    [76, 4, 4],
    [123, 1, 1],
    [252, 2, 2],
    [256, 6, 4],
    [280, 12, 4],
  ],
  2: [
    [104, 4, 8],
    [344, 2, 4],
    [352, 6, 8],
    [400, 12, 8],
    [500, 1, 4],
  ],
} as const;

/** A header's place: its fields one after another, little-endian whatever the header is. */
export interface PlaceBytes {
  readonly version: 1 | 2;
  readonly bytes: Uint8Array;
}

/** @param header a whole header of 348 or 540 bytes */
export function placeBytesOf(
  header: Uint8Array,
  { version, littleEndian }: { readonly version: 1 | 2; readonly littleEndian: boolean },
): PlaceBytes {
  const bytes = FIELDS[version].flatMap(([offset, count, width]) =>
    Array.from({ length: count }, (_, n) => {
      const number = [...header.subarray(offset + n * width, offset + (n + 1) * width)];
      return littleEndian ? number : number.reverse();
    }).flat(),
  );
  return { version, bytes: Uint8Array.from(bytes) };
}

/** Writes a place into a little-endian header of its own version. */
export function setPlaceBytes(header: Uint8Array, { version, bytes }: PlaceBytes): void {
  let from = 0;
  for (const [offset, count, width] of FIELDS[version]) {
    header.set(bytes.subarray(from, from + count * width), offset);
    from += count * width;
  }
}
