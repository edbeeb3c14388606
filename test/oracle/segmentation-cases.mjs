/**
 * Segmentations of the DICOM fixtures, for `segmentation.py` and for the tests: each segment is where the values of the series
 * are above `low` and at most `high`, so that any reader of the series can say where it must be.
 */

/** Segments that part the values, then one that nothing is in. */
const parted = [
  { label: "liver", names: ["liver"], from: 0.7, to: 0.95 },
  { label: "tumour of the left kidney", names: ["tumour of the left kidney"], from: 0.95, to: 1 },
  { label: "Würfel", names: ["Würfel"], from: 2, to: 3 },
];
const overlapping = [
  { label: "lung_left", names: ["lung_left"], from: 0.6, to: 0.9 },
  { label: "heart or aorta", names: ["heart", "aorta"], from: 0.8, to: 1 },
];
const nowhere = [{ label: "spleen", names: ["spleen"], from: 2, to: 3 }];

export const cases = [
  ...[
    "d0",
    "oblique",
    "reversed-instance-number",
    "row-column-spacing",
    "jitter",
    "implicit",
    "big-endian",
    "jpeg-2000",
    "bare",
    "other-frame-of-reference",
    "enhanced-ct",
    "enhanced-ct-rle",
    "enhanced-mr",
    "enhanced-in-two-files",
    "marked-whole",
  ].map((series) => ({ name: series, series, segments: parted })),
  ...["d0", "enhanced-mr"].map((series) => ({
    name: `${series}-fractional`,
    series,
    segments: parted,
    fractional: true,
  })),
  ...["d0", "enhanced-ct", "oblique"].map((series) => ({
    name: `${series}-overlapping`,
    series,
    segments: overlapping,
  })),
  { name: "d0-nothing", series: "d0", segments: nowhere },
];

/** Where values of a quantile lie; above 1 nothing lies. */
function bounds(sorted, { from, to }) {
  const at = (quantile) =>
    quantile > 1 ? sorted.at(-1) + quantile : sorted[Math.floor((sorted.length - 1) * quantile)];
  return { low: at(from), high: at(to) };
}

/**
 * @param volume the series, as it was read
 * @returns what to encode, and what a reader of the series must know to find the same voxels
 */
export function segmentationOf({ segments, fractional }, { data }) {
  const sorted = Float64Array.from(data).sort();
  const [least, most] = [sorted[0], sorted.at(-1)];
  const expected = segments.map((segment) => bounds(sorted, segment));
  return {
    expected: { segments: expected, least, most },
    segmentation: {
      name: "series",
      segments: segments.map(({ label, names }, at) => {
        const { low, high } = expected[at];
        return {
          label,
          names,
          voxels: Uint8Array.from(data, (value) => (value > low && value <= high ? 1 : 0)),
          value: 1,
        };
      }),
      ...(fractional && {
        confidence: Float32Array.from(data, (value) => 0.5 + (0.5 * (value - least)) / (most - least)),
      }),
      algorithm: { name: "phantoms", version: "1", fingerprint: "0123456789abcdef".repeat(4) },
      title: "Segmentation: trusted",
      description: "Trusted: like the images that the network was trained on (p = 0.500).",
    },
  };
}

/** The same identifiers and the same time whenever and wherever it is written. */
export function fixedMaking() {
  let made = 0;
  return { now: new Date(2020, 0, 2, 3, 4, 5), newUid: () => `2.25.${++made}` };
}
