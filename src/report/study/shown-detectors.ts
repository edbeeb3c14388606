/** Detectors without the variants of the signature's form and layer, which have a table of their own. */
export const shownDetectors = (names: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => !name.includes("/"));

/** The variants: form and layer. */
export const signatureVariant = (detector: string): { form: string; layer: string } | undefined => {
  const match = /^spectral-signature\/([^/]+)\/(.+)$/.exec(detector);
  return match ? { form: match[1]!, layer: match[2]! } : undefined;
};
