/** Values onto a line of a drawing. */

export type Scale = (value: number) => number;

/** @param room free part at both ends, of the line's length */
export function scaleOver(
  values: readonly number[],
  [from, to]: readonly [number, number],
  room = 0.06,
): Scale {
  const { low, high } = boundsOf(values);
  const middle = (from + to) / 2;
  if (!(high > low)) return () => middle;
  const inner = (to - from) * (1 - 2 * room);
  return (value) => from + (to - from) * room + (inner * (value - low)) / (high - low);
}

/** Most and least height of a plane, of its width. */
const HEIGHTS = { least: 0.3, most: 0.8 };

/** Both directions on one scale, so that distances are true; the second runs upwards. */
export function planeOver(
  places: readonly (readonly [number, number])[],
  width: number,
): { readonly across: Scale; readonly up: Scale; readonly height: number } {
  const margin = 0.07 * width;
  const [first, second] = [boundsOf(places.map(([x]) => x)), boundsOf(places.map(([, y]) => y))];
  const spread = [first.high - first.low, second.high - second.low] as const;
  const room = [width - 2 * margin, HEIGHTS.most * width - 2 * margin] as const;
  const unit = Math.min(room[0] / (spread[0] || 1), room[1] / (spread[1] || 1));
  const height = Math.max(HEIGHTS.least * width, unit * spread[1] + 2 * margin);
  const middle = (bounds: { low: number; high: number }): number => (bounds.low + bounds.high) / 2;
  return {
    across: (value) => width / 2 + unit * (value - middle(first)),
    up: (value) => height / 2 - unit * (value - middle(second)),
    height,
  };
}

function boundsOf(values: readonly number[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** Heights of dots that would lie on one another, stacked from 0; as a swarm of at most `most` layers. */
export function stackedHeights(places: readonly number[], width: number, most: number): number[] {
  const free = new Array<number>(most).fill(-Infinity);
  const order = places.map((_, at) => at).sort((a, b) => places[a]! - places[b]!);
  const heights = new Array<number>(places.length).fill(0);
  for (const at of order) {
    const level = free.findIndex((end) => end <= places[at]!);
    heights[at] = level < 0 ? at % most : level;
    free[heights[at]!] = places[at]! + width;
  }
  return heights;
}
