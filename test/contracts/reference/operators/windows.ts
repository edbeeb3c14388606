/** The sliding windows that convolutions and pooling share: attributes, and which input voxel an offset meets. */

import type { Attributes } from "../decode.js";

export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after each spatial axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Window attributes as given; the lengths of the lists are checked when the kernel is known. */
export interface WindowAttributes {
  readonly kernel: number[] | undefined;
  readonly strides: number[] | undefined;
  readonly dilations: number[] | undefined;
  readonly pads: number[] | undefined;
}

/** Reads the attributes; the deprecated automatic paddings that depend on the input are refused. */
export function readWindowAttributes(attributes: Attributes): WindowAttributes {
  const automatic = attributes.choice("auto_pad", "NOTSET", "VALID");
  const pads = attributes.integers("pads");
  if (automatic === "VALID" && pads) throw new Error(`attribute "auto_pad" = "VALID" contradicts "pads"`);
  return {
    kernel: attributes.integers("kernel_shape"),
    strides: attributes.integers("strides"),
    dilations: attributes.integers("dilations"),
    pads,
  };
}

/** Windows over as many axes as the kernel has. */
export function windowsOf(given: WindowAttributes, kernel: readonly number[]): Windows {
  const rank = kernel.length;
  if (given.kernel && given.kernel.join() !== kernel.join()) {
    throw new Error(`attribute "kernel_shape" = [${given.kernel}] contradicts weights over [${kernel}]`);
  }
  const { strides = kernel.map(() => 1), dilations = kernel.map(() => 1) } = given;
  const pads = given.pads ?? [...kernel, ...kernel].map(() => 0);
  if (strides.length !== rank || dilations.length !== rank || pads.length !== 2 * rank) {
    throw new Error(
      `strides [${strides}], dilations [${dilations}] or pads [${pads}] do not fit [${kernel}]`,
    );
  }
  return { kernel, strides, dilations, before: pads.slice(0, rank), after: pads.slice(rank) };
}

/** Output length along each axis of windows that lie fully on the padded input. */
export function windowCounts(windows: Windows, spatial: readonly number[]): number[] {
  return spatial.map((length, axis) => {
    const padded = length + windows.before[axis]! + windows.after[axis]!;
    const extent = windows.dilations[axis]! * (windows.kernel[axis]! - 1) + 1;
    if (padded < extent) throw new Error(`window of ${extent} does not fit padded length ${padded}`);
    return Math.floor((padded - extent) / windows.strides[axis]!) + 1;
  });
}

/** Where kernel offset `offset` of the window at `position` lies on the input: its flat place, or -1 outside. */
export function meet(
  windows: Windows,
  spatial: readonly number[],
  position: readonly number[],
  offset: readonly number[],
): number {
  let flat = 0;
  for (let axis = 0; axis < spatial.length; axis++) {
    const at =
      position[axis]! * windows.strides[axis]! +
      offset[axis]! * windows.dilations[axis]! -
      windows.before[axis]!;
    if (at < 0 || at >= spatial[axis]!) return -1;
    flat = flat * spatial[axis]! + at;
  }
  return flat;
}
