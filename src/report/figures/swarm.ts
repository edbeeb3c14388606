/**
 * Where dots of equal size must sit so that few hide another: offsets across the axis of values, each in [-1, 1].
 *
 * Dots are placed in order of position at the nearest free place to the axis (a beeswarm); where a swarm would be wider
 * than `halfWidth` it is squeezed to fit. No randomness: same positions, same offsets.
 *
 * @param positions along the axis, in pixels
 * @param diameter of a dot, in pixels
 * @param halfWidth room to each side of the axis, in pixels
 */
export function swarm(positions: readonly number[], diameter: number, halfWidth: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]! || a - b);
  const offsets = new Array<number>(positions.length).fill(0);
  const placed: number[] = [];
  for (const index of order) {
    const near = placed.filter((other) => positions[index]! - positions[other]! < diameter);
    const candidates = [0];
    for (const other of near) {
      const along = positions[index]! - positions[other]!;
      const across = Math.sqrt(Math.max(0, diameter ** 2 - along ** 2));
      candidates.push(offsets[other]! + across, offsets[other]! - across);
    }
    candidates.sort((a, b) => Math.abs(a) - Math.abs(b) || b - a);
    const free = (candidate: number): boolean =>
      near.every(
        (other) =>
          Math.hypot(positions[index]! - positions[other]!, candidate - offsets[other]!) > diameter - 1e-6,
      );
    offsets[index] = candidates.find(free) ?? 0;
    placed.push(index);
  }
  const widest = Math.max(halfWidth, ...offsets.map(Math.abs));
  return offsets.map((offset) => offset / widest);
}
