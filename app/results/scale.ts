/** Values onto a line of a drawing. */

export type Scale = (value: number) => number;

/** @param room free part at both ends, of the line's length */
export function scaleOver(values: readonly number[], [from, to]: readonly [number, number], room = 0.06): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const middle = (from + to) / 2;
  if (!(high > low)) return () => middle;
  const inner = (to - from) * (1 - 2 * room);
  return (value) => from + (to - from) * room + (inner * (value - low)) / (high - low);
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
