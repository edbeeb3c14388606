/** Where the windows of a large image lie, and which voxels each of them owns. */
import type { Shape, Vector } from "../volume/index.js";

export interface WindowPlan {
  /** Voxels of a window along i, j, k: multiples of `multipleOf`. */
  readonly window: Shape;
  /** Share of a window that its neighbour repeats, from 0 to below 1. */
  readonly overlap: number;
  /** Stride of the network; windows start at multiples of it, so that its coarse grids fit together. */
  readonly multipleOf: number;
}

export interface Window {
  readonly origin: Vector;
  /** Voxels that this window owns, in voxels of the image (half open); the owned boxes of all windows partition it. */
  readonly interior: { readonly low: Vector; readonly high: Vector };
}

export interface WindowGrid {
  readonly window: Shape;
  /** The image, padded at its ends to hold every window. */
  readonly padded: Shape;
  readonly windows: readonly Window[];
}

/** One window covers the whole image where the image is not larger; otherwise windows overlap evenly. */
export function layWindows(image: Shape, plan: WindowPlan): WindowGrid {
  const { multipleOf, overlap } = plan;
  const axes = image.map((size, axis) => {
    const needed = Math.ceil(size / multipleOf) * multipleOf;
    const window = Math.min(Math.ceil(plan.window[axis]! / multipleOf) * multipleOf, needed);
    return { size, window, needed, starts: startsAlong(needed, window, overlap, multipleOf) };
  });
  const windows: Window[] = [];
  const [x, y, z] = axes.map((axis) =>
    axis.starts.map((start, index) => ({ start, ...owned(axis, index, multipleOf) })),
  );
  for (const c of z!) {
    for (const b of y!) {
      for (const a of x!) {
        windows.push({
          origin: [a.start, b.start, c.start],
          interior: { low: [a.low, b.low, c.low], high: [a.high, b.high, c.high] },
        });
      }
    }
  }
  const triple = (pick: (axis: (typeof axes)[0]) => number): Shape => axes.map(pick) as unknown as Shape;
  return { window: triple((axis) => axis.window), padded: triple((axis) => axis.needed), windows };
}

function startsAlong(size: number, window: number, overlap: number, multipleOf: number): number[] {
  if (size === window) return [0];
  const step = Math.max(multipleOf, Math.floor((window * (1 - overlap)) / multipleOf) * multipleOf);
  const count = Math.ceil((size - window) / step) + 1;
  const last = size - window;
  const starts = Array.from({ length: count }, (_, index) =>
    Math.min(last, Math.round((index * last) / (count - 1) / multipleOf) * multipleOf),
  );
  return [...new Set(starts)];
}

/** Neighbouring windows share their overlap half and half, at a border that every coarse grid has too. */
function owned(
  { size, window, starts }: { size: number; window: number; starts: number[] },
  index: number,
  multipleOf: number,
): { low: number; high: number } {
  const border = (left: number): number => {
    const middle = (starts[left]! + window + starts[left + 1]!) / 2;
    return Math.round(middle / multipleOf) * multipleOf;
  };
  return {
    low: index === 0 ? 0 : border(index - 1),
    high: index === starts.length - 1 ? size : Math.min(size, border(index)),
  };
}
