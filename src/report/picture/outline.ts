/** A closed outline: pixel corners [x, y] in order, the last joined to the first; x across, y down, from the top left. */
export type Loop = readonly (readonly [number, number])[];

/** East, south, west, north: a right turn is the next one. */
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;

/**
 * The outlines of a mask along its pixel edges. Outer outlines run clockwise on the screen, outlines of holes
 * counter-clockwise, so that `enclosedArea` of a loop is positive or negative and the sum over all loops is exactly the
 * number of pixels inside. Pixels that touch only at a corner get separate outlines (4-connectivity).
 *
 * @param mask non-zero inside; `width * height` pixels, rows from the top
 */
export function outlines(mask: ArrayLike<number>, width: number, height: number): Loop[] {
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask[x + width * y]! !== 0;
  const corners = width + 1;
  // For each corner, a bit for each direction in which a boundary edge leaves it, with the inside on its right.
  const leaving = new Uint8Array(corners * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) leaving[x + corners * y]! |= 1;
      if (!inside(x + 1, y)) leaving[x + 1 + corners * y]! |= 2;
      if (!inside(x, y + 1)) leaving[x + 1 + corners * (y + 1)]! |= 4;
      if (!inside(x - 1, y)) leaving[x + corners * (y + 1)]! |= 8;
    }
  }
  const loops: Loop[] = [];
  for (let start = 0; start < leaving.length; start++) {
    while (leaving[start]! !== 0) loops.push(follow(leaving, start, corners));
  }
  return loops;
}

/** Walks one loop from `start` and erases its edges; corners on straight runs are left out. */
function follow(leaving: Uint8Array, start: number, corners: number): Loop {
  const loop: [number, number][] = [];
  let at = start;
  let direction = -1;
  do {
    const edges = leaving[at]!;
    // Right first: that stays on the same pixel where two touch at a corner.
    const next =
      direction < 0
        ? 31 - Math.clz32(edges & -edges)
        : [direction + 1, direction, direction + 3]
            .map((turn) => turn & 3)
            .find((turn) => edges & (1 << turn))!;
    if (next !== direction) loop.push([at % corners, Math.floor(at / corners)]);
    leaving[at] = edges & ~(1 << next);
    direction = next;
    at += STEP_X[next]! + corners * STEP_Y[next]!;
  } while (at !== start || (leaving[at]! & (1 << ((direction + 1) & 3))) !== 0);
  return loop;
}

/** Area in pixels, positive for an outer outline, negative for a hole (shoelace formula). */
export function enclosedArea(loop: Loop): number {
  let twice = 0;
  for (let i = 0; i < loop.length; i++) {
    const [ax, ay] = loop[i]!;
    const [bx, by] = loop[(i + 1) % loop.length]!;
    twice += ax * by - bx * ay;
  }
  return twice / 2;
}

/** How pixel corners become points of a drawing: scaled, then moved. */
export interface Placing {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly left: number;
  readonly top: number;
}

/** SVG path data of loops. */
export function pathOf(loops: readonly Loop[], { scaleX, scaleY, left, top }: Placing): string {
  const place = (value: number): string => String(Math.round(value * 100) / 100);
  return loops
    .map(
      (loop) =>
        `${loop.map(([x, y], i) => `${i ? "L" : "M"}${place(left + x * scaleX)},${place(top + y * scaleY)}`).join("")}Z`,
    )
    .join("");
}
