/** Every dataset equally often, whatever its size: the paper's choice for joint training. */
export const equal = (sizes: readonly number[]): number[] => sizes.map(() => 1);
