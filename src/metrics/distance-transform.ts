import { type Shape, type Vector, voxelCount } from "../volume/index.js";

/** Lines transformed together: eight doubles are one cache line. */
const COLUMNS = 8;

/** Queries count as many from one voxel in so many. */
const DENSE = 16;

/**
 * Exact Euclidean distance, in mm, from the centre of every voxel to the centre of the nearest non-zero voxel of `mask`;
 * 0 on the mask, Infinity everywhere when the mask is empty. Linear time, one axis after another (Felzenszwalb and
 * Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8, 2012).
 *
 * Matches `scipy.ndimage.distance_transform_edt(mask == 0, sampling=spacing)`.
 *
 * @param mask voxels in the volume's order (first axis fastest), length `shape[0] * shape[1] * shape[2]`
 * @param spacing mm along the three axes
 * @throws RangeError when the length is not the shape's, or a spacing is not positive
 */
export function distanceTransform(mask: Uint8Array, shape: Shape, spacing: Vector): Float64Array {
  const squared = withinSlices(mask, shape, spacing);
  acrossSlices(squared, shape, spacing);
  for (let at = 0; at < squared.length; at++) squared[at] = Math.sqrt(squared[at]!);
  return squared;
}

/**
 * Squared distances (mm²) to `mask`, as `distanceTransform` gives, of the voxels of `queries` alone, in the order of voxels.
 * Much faster where these are few, as on a surface: the last axis is searched outwards from each of them.
 */
export function squaredDistancesOf(
  queries: Uint8Array,
  mask: Uint8Array,
  shape: Shape,
  spacing: Vector,
): Float64Array {
  const places: number[] = [];
  for (let at = 0; at < queries.length; at++) if (queries[at]) places.push(at);
  const squared = withinSlices(mask, shape, spacing);
  // Many queries far from the mask would make the search quadratic.
  if (places.length * DENSE > queries.length) {
    acrossSlices(squared, shape, spacing);
    return Float64Array.from(places, (at) => squared[at]!);
  }
  const slice = shape[0] * shape[1];
  return Float64Array.from(places, (at) => {
    let best = squared[at]!;
    for (let steps = 1; steps < shape[2]; steps++) {
      const across = (steps * spacing[2]) ** 2;
      if (across >= best) break;
      const below = at - steps * slice;
      const above = at + steps * slice;
      if (below >= 0 && squared[below]! + across < best) best = squared[below]! + across;
      if (above < squared.length && squared[above]! + across < best) best = squared[above]! + across;
    }
    return best;
  });
}

/** Squared distances to the mask's voxels in the same slice (equal k). */
function withinSlices(mask: Uint8Array, shape: Shape, spacing: Vector): Float64Array {
  if (mask.length !== voxelCount(shape)) {
    throw new RangeError(`mask has ${mask.length} voxels, its shape ${voxelCount(shape)}`);
  }
  if (!spacing.every((length) => length > 0 && Number.isFinite(length))) {
    throw new RangeError(`spacing ${spacing.join(", ")} is not three positive numbers of mm`);
  }
  const [ni, nj, nk] = shape;
  const squared = alongFirstAxis(mask, shape, spacing[0]);
  const envelope = new LowerEnvelope(nj, spacing[1]);
  for (let k = 0; k < nk; k++) {
    for (let i = 0; i < ni; i += COLUMNS) {
      envelope.transform(squared, i + k * ni * nj, ni, Math.min(COLUMNS, ni - i));
    }
  }
  return squared;
}

/** Turns distances within slices into distances in the volume. */
function acrossSlices(squared: Float64Array, [ni, nj, nk]: Shape, spacing: Vector): void {
  const envelope = new LowerEnvelope(nk, spacing[2]);
  for (let at = 0; at < ni * nj; at += COLUMNS) {
    envelope.transform(squared, at, ni * nj, Math.min(COLUMNS, ni * nj - at));
  }
}

/** Squared distance to the nearest mask voxel of the same row: one sweep each way. */
function alongFirstAxis(mask: Uint8Array, shape: Shape, spacing: number): Float64Array {
  const [ni, nj, nk] = shape;
  const squared = new Float64Array(mask.length);
  for (let row = 0; row < nj * nk; row++) {
    const start = row * ni;
    let steps = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ni; i++) {
      steps = mask[start + i] ? 0 : steps + 1;
      squared[start + i] = steps;
    }
    steps = Number.POSITIVE_INFINITY;
    for (let i = ni - 1; i >= 0; i--) {
      steps = mask[start + i] ? 0 : steps + 1;
      const distance = Math.min(steps, squared[start + i]!) * spacing;
      squared[start + i] = distance * distance;
    }
  }
  return squared;
}

/** The lower envelopes of parabolas along lines of one length and spacing, with their working memory. */
class LowerEnvelope {
  /** The lines at work, gathered one after another: their voxels lie far apart in the volume. */
  private readonly lines: Float64Array;
  /** Places of the parabolas in the envelope, left to right, */
  private readonly places: Int32Array;
  /** their heights, */
  private readonly heights: Float64Array;
  /** and from which place on (fractional) each is the lowest. */
  private readonly starts: Float64Array;

  constructor(
    private readonly length: number,
    private readonly spacing: number,
  ) {
    this.lines = new Float64Array(COLUMNS * length);
    this.places = new Int32Array(length);
    this.heights = new Float64Array(length);
    this.starts = new Float64Array(length + 1);
  }

  /**
   * Replaces each height on some lines by the lowest of `height[q] + (spacing * (p - q))²` over all places q of its line.
   * The first voxels of the lines are neighbours in memory, from `offset` on; `stride` leads along a line.
   */
  transform(data: Float64Array, offset: number, stride: number, columns: number): void {
    const { length, lines } = this;
    for (let place = 0, at = offset; place < length; place++, at += stride) {
      for (let c = 0; c < columns; c++) lines[c * length + place] = data[at + c]!;
    }
    for (let c = 0; c < columns; c++) this.line(c * length);
    for (let place = 0, at = offset; place < length; place++, at += stride) {
      for (let c = 0; c < columns; c++) data[at + c] = lines[c * length + place]!;
    }
  }

  private line(offset: number): void {
    const { length, spacing, lines, places, heights, starts } = this;
    const twiceSquare = 2 * spacing * spacing;
    let last = -1;
    for (let q = 0; q < length; q++) {
      const height = lines[offset + q]!;
      // A parabola at infinity is never the lowest, and would turn intersections into NaN.
      if (height === Number.POSITIVE_INFINITY) continue;
      let start = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const other = places[last]!;
        start = (q + other) / 2 + (height - heights[last]!) / ((q - other) * twiceSquare);
        if (start > starts[last]!) break;
        last--;
        start = Number.NEGATIVE_INFINITY;
      }
      last++;
      places[last] = q;
      heights[last] = height;
      starts[last] = start;
    }
    if (last < 0) return;
    starts[last + 1] = Number.POSITIVE_INFINITY;
    for (let p = 0, current = 0; p < length; p++) {
      while (starts[current + 1]! < p) current++;
      const away = (p - places[current]!) * spacing;
      lines[offset + p] = heights[current]! + away * away;
    }
  }
}
