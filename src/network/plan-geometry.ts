/** The size of a network's patches and how coarse each of its levels is along each axis, from the images that it is for. */
import { type Shape, type Vector, voxelCount } from "../volume/index.js";
import { type LevelGeometry, networkStride } from "./architecture.js";

/** The images that a network is for, as it sees them. */
export interface TypicalImage {
  /** Voxels of a typical image along [i, j, k]. */
  readonly shape: Vector;
  /** Sides of its voxels; only their ratios matter. */
  readonly sides: Vector;
}

export interface GeometryBudget {
  /** Most voxels of a patch. */
  readonly voxels: number;
  /** Most levels of the network. */
  readonly levels: number;
}

export interface PlannedGeometry extends Required<LevelGeometry> {
  /** A multiple of the network's stride along each axis. */
  readonly patch: Shape;
}

/** Voxels that the coarsest level has at least along an axis that is halved, as in nnU-Net. */
const SHORTEST = 4;

/** An axis whose voxels are at least this many times as long as the shortest side is thick, as in nnU-Net. */
const THICK = 2;

/**
 * As nnU-Net plans its networks (Isensee et al., 2021; `get_pool_and_conv_props`): a patch as long along each axis in mm as its
 * voxels allow, nowhere longer than a typical image; an axis is halved on the way down only once its voxels are no longer twice
 * as long as the others', and convolved only then. Levels that could halve no axis are left out.
 *
 * @param given strides and kernels that somebody chose; then only the patch is planned
 */
export function planGeometry(
  image: TypicalImage,
  { voxels, levels }: GeometryBudget,
  given?: LevelGeometry,
): PlannedGeometry {
  const wanted = evenPatch(image, voxels);
  const planned =
    given?.strides === undefined ? plannedLevels(wanted, image.sides, levels) : fixedLevels(given);
  const kernels = given?.kernels ?? planned.kernels;
  return { ...planned, kernels, patch: roundedPatch(wanted, networkStride(planned), voxels) };
}

const fixedLevels = ({ levels, strides }: LevelGeometry): Required<LevelGeometry> => ({
  levels,
  strides: strides!,
  kernels: Array.from({ length: levels }, (): Shape => [3, 3, 3]),
});

/** The longest lengths along each axis, alike in mm unless the image ends before, that make no more than so many voxels. */
function evenPatch({ shape, sides }: TypicalImage, voxels: number): Vector {
  const within = (mm: number): Vector =>
    shape.map((size, axis) => Math.min(size, Math.max(1, mm / sides[axis]!))) as unknown as Vector;
  let [short, long] = [0, Math.max(...shape.map((size, axis) => size * sides[axis]!))];
  if (voxelCount(within(long)) <= voxels) return shape;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (short + long) / 2;
    if (voxelCount(within(middle)) <= voxels) short = middle;
    else long = middle;
  }
  return within(short);
}

function plannedLevels(patch: Vector, sides: Vector, levels: number): Required<LevelGeometry> {
  let [size, side]: [Vector, Vector] = [patch, sides];
  const strides: Shape[] = [];
  const kernels: Shape[] = [kernelOf(side, [1, 1, 1])];
  while (kernels.length < levels) {
    const long = ([0, 1, 2] as const).filter((axis) => size[axis] >= 2 * SHORTEST - 0.5);
    const shortest = Math.min(...long.map((axis) => side[axis]));
    const halved = long.filter((axis) => side[axis] < THICK * shortest);
    if (halved.length === 0) break;
    const stride = [0, 1, 2].map((axis) => (halved.some((own) => own === axis) ? 2 : 1)) as unknown as Shape;
    size = size.map((own, axis) => own / stride[axis]!) as unknown as Vector;
    side = side.map((own, axis) => own * stride[axis]!) as unknown as Vector;
    strides.push(stride);
    kernels.push(kernelOf(side, kernels.at(-1)!));
  }
  return { levels: kernels.length, strides, kernels };
}

/** Along an axis that was convolved once, every coarser level convolves as well. */
const kernelOf = (side: Vector, before: Shape): Shape =>
  side.map((own, axis) =>
    before[axis] === 3 || own < THICK * Math.min(...side) ? 3 : 1,
  ) as unknown as Shape;

/**
 * Multiples of the stride near a wanted size: the axis that lacks most grows first, as long as the voxels allow; at least one
 * stride along each.
 */
function roundedPatch(wanted: Vector, stride: Shape, voxels: number): Shape {
  let patch = wanted.map(
    (size, axis) => Math.max(1, Math.floor(size / stride[axis]!)) * stride[axis]!,
  ) as unknown as Shape;
  for (;;) {
    const larger = ([0, 1, 2] as const)
      .filter((axis) => patch[axis] < wanted[axis])
      .sort((a, b) => wanted[b] / patch[b] - wanted[a] / patch[a])
      .map((axis) => patch.map((size, at) => (at === axis ? size + stride[axis] : size)) as unknown as Shape)
      .find((candidate) => voxelCount(candidate) <= voxels);
    if (larger === undefined) return patch;
    patch = larger;
  }
}
