import { isUsableAffine, reorient, spacingOf, type Vector, type Volume } from "../../volume/index.js";

/** The three ways to cut a patient. */
export type PlaneName = "axial" | "coronal" | "sagittal";
export const PLANES: readonly PlaneName[] = ["axial", "coronal", "sagittal"];

/** One cut through a volume as a reader sees it. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Size of a pixel in mm, across and down. */
  readonly pixelMm: readonly [number, number];
  /** Rows from the top. */
  readonly values: Float32Array;
}

/** A rectangle of pixels, half open. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** For each plane: the axis of a RAS volume through it, across it and down it; right, anterior, up are where +x, +y, +z lie. */
const GEOMETRY: Record<PlaneName, { through: number; across: number; down: number; edges: PlaneEdges }> = {
  axial: { through: 2, across: 0, down: 1, edges: { left: "R", right: "L", top: "A", bottom: "P" } },
  coronal: { through: 1, across: 0, down: 2, edges: { left: "R", right: "L", top: "S", bottom: "I" } },
  sagittal: { through: 0, across: 1, down: 2, edges: { left: "A", right: "P", top: "S", bottom: "I" } },
};

export interface PlaneEdges {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** Which side of the patient lies at each edge of a plane's picture (radiological convention). */
export function edgesOf(plane: PlaneName): PlaneEdges {
  return GEOMETRY[plane].edges;
}

/**
 * The volume with axes R, A, S, ready to be cut. A volume whose affine says nothing usable (not finite, or flat) is
 * taken as it lies, with millimetre voxels, so that a picture of a broken file can still be drawn.
 */
export function upright(volume: Volume): Volume {
  return isUsableAffine(volume.affine)
    ? reorient(volume, "RAS")
    : { ...volume, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
}

/**
 * Slice `index` of the first channel of an upright volume, in radiological convention: the patient's right is at the
 * left of the picture, front (axial) or head (coronal, sagittal) at the top, and sagittal pictures look to the left.
 */
export function cut(volume: Volume, plane: PlaneName, index: number): Plane {
  const { through, across, down } = GEOMETRY[plane];
  const spacing = spacingOf(volume.affine);
  const [ni, nj] = volume.shape;
  const strides = [1, ni, ni * nj];
  const width = volume.shape[across]!;
  const height = volume.shape[down]!;
  const values = new Float32Array(width * height);
  const base = index * strides[through]!;
  let to = 0;
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--) {
      values[to++] = volume.data[base + x * strides[across]! + y * strides[down]!]!;
    }
  }
  return { width, height, pixelMm: [spacing[across]!, spacing[down]!], values };
}

/** The slice with the most non-zero voxels in any of the masks, preferring the first mask; the middle one if all are empty. */
export function fullestSlice(masks: readonly Volume[], plane: PlaneName, shape: Vector): number {
  const { through } = GEOMETRY[plane];
  for (const mask of masks) {
    const counts = new Float64Array(mask.shape[through]!);
    const [ni, nj, nk] = mask.shape;
    let at = 0;
    const index: [number, number, number] = [0, 0, 0];
    for (index[2] = 0; index[2] < nk; index[2]++) {
      for (index[1] = 0; index[1] < nj; index[1]++) {
        for (index[0] = 0; index[0] < ni; index[0]++) {
          if (mask.data[at++]! !== 0) counts[index[through]!]!++;
        }
      }
    }
    const fullest = counts.indexOf(Math.max(...counts));
    if (counts[fullest]! > 0) return fullest;
  }
  return Math.floor(shape[through]! / 2);
}

/** The plane that shows voxels at their finest: across the coarsest axis; axial where none is clearly coarser. */
export function sharpestPlane(volume: Volume): PlaneName {
  const spacing = spacingOf(volume.affine);
  const coarsest = Math.max(...spacing);
  return PLANES.find((plane) => spacing[GEOMETRY[plane].through]! > coarsest * 0.95) ?? "axial";
}

/** The part of a plane inside a rectangle. */
export function cropPlane(plane: Plane, { left, top, right, bottom }: Rectangle): Plane {
  const values = new Float32Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    values.set(
      plane.values.subarray(y * plane.width + left, y * plane.width + right),
      (y - top) * (right - left),
    );
  }
  return { ...plane, width: right - left, height: bottom - top, values };
}

/** The smallest rectangle around the non-zero pixels of some planes of one size; undefined when there are none. */
export function extentOf(planes: readonly Plane[]): Rectangle | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const { width, values } of planes) {
    for (let at = 0; at < values.length; at++) {
      if (values[at] === 0) continue;
      const x = at % width;
      const y = Math.floor(at / width);
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > 0 ? { left, top, right, bottom } : undefined;
}
