/** Operators that keep the elements and change their dimensions, order or number. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import {
  broadcastDims,
  broadcastValue,
  frontAxes,
  frontAxis,
  generate,
  integersOf,
  type ReferenceTensor,
  requireKind,
  sizeOf,
  tensor,
  valueAt,
} from "../tensor.js";

function expand(call: NodeCall): ReferenceTensor {
  const source = input(call, 0);
  const dims = broadcastDims([source.dims, integersOf(input(call, 1), "shape")]);
  return generate(source.kind, dims, (at) => broadcastValue(source, at));
}

/** 0 keeps the input's dimension (unless `allowzero`), one -1 takes what is left. */
function reshape(call: NodeCall): ReferenceTensor {
  const allowZero = call.attributes.flag("allowzero", false);
  const source = input(call, 0);
  const wanted = integersOf(input(call, 1), "shape");
  if (allowZero && wanted.includes(0) && wanted.includes(-1)) {
    throw new Error(`shape [${wanted}] has both 0 and -1 while "allowzero" is set`);
  }
  const dims = wanted.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    const kept = source.dims[axis];
    if (kept === undefined) throw new Error(`shape [${wanted}] keeps axis ${axis}, found [${source.dims}]`);
    return kept;
  });
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const rest = sizeOf(dims.filter((_, axis) => axis !== open));
    dims[open] = rest === 0 ? 0 : source.data.length / rest;
  }
  return tensor(source.kind, dims, source.data);
}

function transpose(call: NodeCall): ReferenceTensor {
  const order = call.attributes.integers("perm");
  const source = input(call, 0);
  const rank = source.dims.length;
  const axes = order ?? source.dims.map((_, axis) => rank - 1 - axis);
  if (axes.length !== rank) throw new Error(`perm [${axes}] does not fit an array of ${rank} axes`);
  const from = frontAxes(axes, rank);
  const origin = source.dims.map(() => 0);
  return generate(
    source.kind,
    from.map((axis) => source.dims[axis]!),
    (at) => {
      for (const [place, axis] of from.entries()) origin[axis] = at[place]!;
      return valueAt(source, origin);
    },
  );
}

function slice(call: NodeCall): ReferenceTensor {
  const source = input(call, 0);
  const starts = integersOf(input(call, 1), "starts");
  const ends = integersOf(input(call, 2), "ends");
  const listed = call.inputs[3] ? integersOf(call.inputs[3], "axes") : starts.map((_, place) => place);
  const steps = call.inputs[4] ? integersOf(call.inputs[4], "steps") : starts.map(() => 1);
  if ([ends, listed, steps].some((list) => list.length !== starts.length)) {
    throw new Error(`starts, ends, axes and steps differ in length`);
  }
  const first = source.dims.map(() => 0);
  const step = source.dims.map(() => 1);
  const dims = [...source.dims];
  for (const [place, axis] of frontAxes(listed, dims.length).entries()) {
    const length = source.dims[axis]!;
    const stride = steps[place]!;
    if (stride === 0) throw new Error("a step is 0");
    const fromFront = (index: number) => (index < 0 ? index + length : index);
    const clamp = (index: number, low: number, high: number) => Math.max(low, Math.min(high, index));
    const last = stride > 0 ? length : length - 1;
    const start = clamp(fromFront(starts[place]!), 0, last);
    const end = clamp(fromFront(ends[place]!), stride > 0 ? 0 : -1, last);
    first[axis] = start;
    step[axis] = stride;
    dims[axis] = length === 0 ? 0 : Math.max(0, Math.ceil((end - start) / stride));
  }
  return generate(source.kind, dims, (at) =>
    valueAt(
      source,
      at.map((index, axis) => first[axis]! + index * step[axis]!),
    ),
  );
}

function concat(call: NodeCall): ReferenceTensor {
  const axisGiven = call.attributes.integer("axis");
  if (axisGiven === undefined) throw new Error(`attribute "axis" is missing`);
  const parts = call.inputs.map((_, index) => input(call, index));
  const leading = parts[0]!;
  const axis = frontAxis(axisGiven, leading.dims.length);
  for (const [index, part] of parts.entries()) {
    requireKind(part, leading.kind, `input ${index}`);
    if (
      part.dims.length !== leading.dims.length ||
      part.dims.some((dim, other) => other !== axis && dim !== leading.dims[other])
    ) {
      throw new Error(`[${leading.dims}] and [${part.dims}] do not join along axis ${axis}`);
    }
  }
  const total = parts.reduce((length, part) => length + part.dims[axis]!, 0);
  const dims = leading.dims.map((dim, other) => (other === axis ? total : dim));
  return generate(leading.kind, dims, (at) => {
    let within = at[axis]!;
    let index = 0;
    while (within >= parts[index]!.dims[axis]!) within -= parts[index++]!.dims[axis]!;
    return valueAt(
      parts[index]!,
      at.map((place, other) => (other === axis ? within : place)),
    );
  });
}

/** Lengths from the second input, or `num_outputs` parts that are equal save for a smaller last one, or equal parts. */
function split(call: NodeCall): ReferenceTensor[] {
  const axisGiven = call.attributes.integer("axis") ?? 0;
  const count = call.attributes.integer("num_outputs");
  const source = input(call, 0);
  const axis = frontAxis(axisGiven, source.dims.length);
  const total = source.dims[axis]!;
  const parts = count ?? call.outputCount;
  if (count !== undefined && (call.inputs[1] || count !== call.outputCount)) {
    throw new Error(`attribute "num_outputs" contradicts the inputs or outputs`);
  }
  if (count === undefined && !call.inputs[1] && total % parts !== 0) {
    throw new Error(`length ${total} does not divide into ${parts} equal parts`);
  }
  const each = Math.ceil(total / parts);
  const lengths = call.inputs[1]
    ? integersOf(call.inputs[1], "split")
    : Array.from({ length: parts }, (_, part) => Math.min(each, total - part * each));
  if (lengths.reduce((a, b) => a + b, 0) !== total || lengths.length !== call.outputCount) {
    throw new Error(`length ${total} does not split into [${lengths}] for ${call.outputCount} outputs`);
  }
  let start = 0;
  return lengths.map((length) => {
    const begin = start;
    start += length;
    const dims = source.dims.map((dim, other) => (other === axis ? length : dim));
    return generate(source.kind, dims, (at) =>
      valueAt(
        source,
        at.map((index, other) => (other === axis ? begin + index : index)),
      ),
    );
  });
}

function gather(call: NodeCall): ReferenceTensor {
  const axisGiven = call.attributes.integer("axis") ?? 0;
  const source = input(call, 0);
  const indices = requireKind(input(call, 1), "integer", "indices");
  const axis = frontAxis(axisGiven, source.dims.length);
  const length = source.dims[axis]!;
  const chosen = indices.data.map((index) => {
    if (index < -length || index >= length) throw new Error(`index ${index} is outside of length ${length}`);
    return index < 0 ? index + length : index;
  });
  const rank = indices.dims.length;
  const places = tensor("integer", indices.dims, chosen);
  const dims = [...source.dims.slice(0, axis), ...indices.dims, ...source.dims.slice(axis + 1)];
  return generate(source.kind, dims, (at) =>
    valueAt(source, [
      ...at.slice(0, axis),
      valueAt(places, at.slice(axis, axis + rank)),
      ...at.slice(axis + rank),
    ]),
  );
}

function squeeze(call: NodeCall): ReferenceTensor {
  const source = input(call, 0);
  const axes = call.inputs[1]
    ? frontAxes(integersOf(call.inputs[1], "axes"), source.dims.length)
    : source.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  for (const axis of axes) {
    if (source.dims[axis] !== 1) throw new Error(`axis ${axis} of [${source.dims}] is not of length 1`);
  }
  return tensor(
    source.kind,
    source.dims.filter((_, axis) => !axes.includes(axis)),
    source.data,
  );
}

function unsqueeze(call: NodeCall): ReferenceTensor {
  const source = input(call, 0);
  const listed = integersOf(input(call, 1), "axes");
  const rank = source.dims.length + listed.length;
  const axes = frontAxes(listed, rank);
  const old = [...source.dims];
  const dims = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : old.shift()!));
  return tensor(source.kind, dims, source.data);
}

function tile(call: NodeCall): ReferenceTensor {
  const source = input(call, 0);
  const repeats = integersOf(input(call, 1), "repeats");
  if (repeats.length !== source.dims.length) {
    throw new Error(`repeats [${repeats}] do not fit [${source.dims}]`);
  }
  const dims = source.dims.map((dim, axis) => dim * repeats[axis]!);
  return generate(source.kind, dims, (at) =>
    valueAt(
      source,
      at.map((index, axis) => index % source.dims[axis]!),
    ),
  );
}

/** Negative pads crop, in mode "constant" only. */
function pad(call: NodeCall): ReferenceTensor {
  const mode = call.attributes.choice("mode", "constant", "edge", "reflect");
  const source = input(call, 0);
  const rank = source.dims.length;
  const pads = integersOf(input(call, 1), "pads");
  const fill = call.inputs[2] ? requireKind(call.inputs[2], source.kind, "constant_value").data[0]! : 0;
  const axes = call.inputs[3]
    ? frontAxes(integersOf(call.inputs[3], "axes"), rank)
    : source.dims.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length) throw new Error(`pads [${pads}] do not fit ${axes.length} axes`);
  const before = source.dims.map(() => 0);
  const dims = [...source.dims];
  for (const [place, axis] of axes.entries()) {
    const [front, back] = [pads[place]!, pads[place + axes.length]!];
    if (mode !== "constant" && Math.min(front, back) < 0) {
      throw new Error(`negative pads are not supported in mode "${mode}"`);
    }
    if (mode === "reflect" && Math.max(front, back) > dims[axis]! - 1) {
      throw new Error(`pads ${front} and ${back} reflect more than length ${dims[axis]} has`);
    }
    before[axis] = front;
    dims[axis] = dims[axis]! + front + back;
  }
  return generate(source.kind, dims, (at) => {
    const origin = at.map((index, axis) => index - before[axis]!);
    for (const [axis, index] of origin.entries()) {
      const last = source.dims[axis]! - 1;
      if (index >= 0 && index <= last) continue;
      if (mode === "constant") return fill;
      if (mode === "edge") origin[axis] = index < 0 ? 0 : last;
      else origin[axis] = index < 0 ? -index : 2 * last - index;
    }
    return valueAt(source, origin);
  });
}

/** Channels [r, r, C] (mode DCR) or [C, r, r] (CRD) become blocks of r x r pixels. */
function depthToSpace(call: NodeCall): ReferenceTensor {
  const block = call.attributes.integer("blocksize");
  const mode = call.attributes.choice("mode", "DCR", "CRD");
  const source = input(call, 0);
  const [n, c, h, w] = source.dims;
  if (source.dims.length !== 4 || block === undefined || c! % (block * block) !== 0) {
    throw new Error(`blocksize ${block} does not fit [${source.dims}]`);
  }
  const channels = c! / (block * block);
  return generate(source.kind, [n!, channels, h! * block, w! * block], ([sample, channel, y, x]) => {
    const offset = (y! % block) * block + (x! % block);
    const from = mode === "DCR" ? offset * channels + channel! : channel! * block * block + offset;
    return valueAt(source, [sample!, from, Math.floor(y! / block), Math.floor(x! / block)]);
  });
}

/** The inverse of DepthToSpace in mode DCR. */
function spaceToDepth(call: NodeCall): ReferenceTensor {
  const block = call.attributes.integer("blocksize");
  const source = input(call, 0);
  const [n, c, h, w] = source.dims;
  if (source.dims.length !== 4 || block === undefined || h! % block !== 0 || w! % block !== 0) {
    throw new Error(`blocksize ${block} does not fit [${source.dims}]`);
  }
  return generate(source.kind, [n!, c! * block * block, h! / block, w! / block], ([sample, at, y, x]) => {
    const offset = Math.floor(at! / c!);
    return valueAt(source, [
      sample!,
      at! % c!,
      y! * block + Math.floor(offset / block),
      x! * block + (offset % block),
    ]);
  });
}

export const shapeMovers: OperatorTable = {
  Expand: single(2, 2, expand),
  Reshape: single(2, 2, reshape),
  Transpose: single(1, 1, transpose),
  Slice: single(3, 5, slice),
  Concat: single(1, Number.POSITIVE_INFINITY, concat),
  Split: { arity: [1, 2], evaluate: split },
  Gather: single(2, 2, gather),
  Squeeze: single(1, 2, squeeze),
  Unsqueeze: single(2, 2, unsqueeze),
  Tile: single(2, 2, tile),
  Pad: single(2, 4, pad),
  DepthToSpace: single(1, 1, depthToSpace),
  SpaceToDepth: single(1, 1, spaceToDepth),
};
