/** A mask (non-zero inside) as the lengths of its runs, starting with one outside, which may be 0 long. */
export function toRuns(mask: ArrayLike<number>): number[] {
  const runs: number[] = [];
  let inside = false;
  let run = 0;
  for (let at = 0; at < mask.length; at++) {
    if ((mask[at]! !== 0) === inside) run++;
    else {
      runs.push(run);
      inside = !inside;
      run = 1;
    }
  }
  if (run > 0) runs.push(run);
  return runs;
}

/** The mask of `length` pixels that the runs describe, 0 outside and 1 inside. */
export function fromRuns(runs: readonly number[], length: number): Uint8Array {
  const mask = new Uint8Array(length);
  let at = 0;
  runs.forEach((run, index) => {
    if (index % 2 === 1) mask.fill(1, at, at + run);
    at += run;
  });
  return mask;
}
