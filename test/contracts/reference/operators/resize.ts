/** Resize by nearest neighbour or multilinear interpolation. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import { frontAxes, generate, integersOf, type ReferenceTensor, requireKind, valueAt } from "../tensor.js";

const rounders = {
  round_prefer_floor: (x: number) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x: number) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Coordinate on an input axis of output index `x`. */
type CoordinateRule = (x: number, scale: number, length: number, resized: number) => number;

const coordinateRules: Readonly<Record<string, CoordinateRule>> = {
  half_pixel: (x, scale) => (x + 0.5) / scale - 0.5,
  pytorch_half_pixel: (x, scale, _, resized) => (resized > 1 ? (x + 0.5) / scale - 0.5 : 0),
  asymmetric: (x, scale) => x / scale,
  align_corners: (x, _, length, resized) => (resized === 1 ? 0 : (x * (length - 1)) / (resized - 1)),
};

function resize(call: NodeCall): ReferenceTensor {
  const { attributes } = call;
  const mode = attributes.choice("mode", "nearest", "linear");
  const round =
    rounders[attributes.choice("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")];
  const coordinate =
    coordinateRules[
      attributes.choice(
        "coordinate_transformation_mode",
        "half_pixel",
        "pytorch_half_pixel",
        "asymmetric",
        "align_corners",
      )
    ]!;
  attributes.choice("keep_aspect_ratio_policy", "stretch");
  if (attributes.flag("antialias", false)) throw new Error(`attribute "antialias" = 1 is not supported`);
  if (attributes.flag("exclude_outside", false)) {
    throw new Error(`attribute "exclude_outside" = 1 is not supported`);
  }
  // These two concern cubic interpolation and cropping, which are refused above.
  attributes.float("cubic_coeff_a");
  attributes.float("extrapolation_value");
  const listed = attributes.integers("axes");

  const source = requireKind(input(call, 0), "float", "input 0");
  const rank = source.dims.length;
  const axes = listed ? frontAxes(listed, rank) : source.dims.map((_, axis) => axis);
  const given = (index: number) => (call.inputs[index]?.data.length ? call.inputs[index] : undefined);
  const [factors, sizes] = [given(2), given(3)];
  if ((factors === undefined) === (sizes === undefined)) throw new Error("needs either scales or sizes");
  const values = factors ? Array.from(factors.data) : integersOf(sizes!, "sizes");
  if (values.length !== axes.length) throw new Error(`[${values}] does not fit ${axes.length} axes`);
  const dims = [...source.dims];
  const scales = source.dims.map(() => 1);
  for (const [place, axis] of axes.entries()) {
    const length = source.dims[axis]!;
    dims[axis] = factors ? Math.floor(length * values[place]!) : values[place]!;
    scales[axis] = factors ? values[place]! : values[place]! / length;
  }

  return generate("float", dims, (at) => {
    const origin = at.map((x, axis) =>
      scales[axis] === 1 ? x : coordinate(x, scales[axis]!, source.dims[axis]!, dims[axis]!),
    );
    if (mode === "linear") return interpolate(source, origin);
    return valueAt(
      source,
      origin.map((x, axis) => clamp(round(x), source.dims[axis]! - 1)),
    );
  });
}

function clamp(index: number, last: number): number {
  return Math.max(0, Math.min(last, index));
}

/** Multilinear interpolation between the voxels around a point; the edge voxels go on for ever. */
function interpolate(
  source: ReferenceTensor,
  point: readonly number[],
  fixed: readonly number[] = [],
): number {
  const axis = fixed.length;
  if (axis === point.length) return valueAt(source, fixed);
  const last = source.dims[axis]! - 1;
  const x = clamp(point[axis]!, last);
  const low = Math.floor(x);
  const share = x - low;
  const below = interpolate(source, point, [...fixed, low]);
  return share === 0
    ? below
    : (1 - share) * below + share * interpolate(source, point, [...fixed, clamp(low + 1, last)]);
}

export const resizing: OperatorTable = { Resize: single(1, 4, resize) };
