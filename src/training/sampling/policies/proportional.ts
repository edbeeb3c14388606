/** Every case equally often: a dataset is drawn in proportion to its number of cases. */
export const proportional = (sizes: readonly number[]): number[] => [...sizes];
