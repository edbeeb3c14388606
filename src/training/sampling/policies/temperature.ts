/**
 * Between the two: probability proportional to size^temperature; 0 is `equal`, 1 is `proportional`.
 * The exponent is the reciprocal of the "temperature" T of multilingual language models (p ~ size^(1/T)).
 */
export const temperature = (sizes: readonly number[], exponent: number): number[] =>
  sizes.map((size) => size ** exponent);
