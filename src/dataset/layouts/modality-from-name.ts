/** What the name of a channel says about how the image came about. */
import type { Modality } from "../../volume/index.js";

const signs: Readonly<Record<Exclude<Modality, "other">, RegExp>> = {
  CT: /(?<![a-z])cta?(?![a-z])/,
  PET: /(?<![a-z])pet(?![a-z])|suv/,
  MR: /(?<![a-z])mr|mri|(?<![a-z])t[12]|flair|adc|dwi|(?<![a-z])pd(?![a-z])/,
  US: /(?<![a-z])us(?![a-z])|ultrasound/,
};

/** `other` where the name says nothing, or speaks of several: an intensity window for the wrong one would ruin the channel. */
export function modalityFromName(name: string): Modality {
  const text = name.toLowerCase();
  const found = (Object.keys(signs) as (keyof typeof signs)[]).filter((modality) =>
    signs[modality].test(text),
  );
  return found.length === 1 ? (found[0] as Modality) : "other";
}
