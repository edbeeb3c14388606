/** How an image came about, which says how its intensities are to be read. */
import { UserError } from "../base/index.js";

export const modalities = ["CT", "MR", "PET", "US", "other"] as const;

/** How an image came about: by computed tomography, magnetic resonance, positron emission, ultrasound, or otherwise. */
export type Modality = (typeof modalities)[number];

/**
 * One modality for each channel of an image.
 *
 * @param given one (alone or as a list) that stands for all channels, or one for each
 * @param subject names the field or option in the error
 * @throws UserError where the list has another length
 */
export function modalityOfEachChannel(
  given: Modality | readonly Modality[],
  channels: number,
  subject: string,
): readonly Modality[] {
  const list = [given].flat();
  if (list.length === channels) return list;
  if (list.length === 1) return new Array<Modality>(channels).fill(list[0] as Modality);
  throw new UserError({
    subject,
    found: `${list.length} modalities (${list.join(", ")})`,
    expected: `${channels}, one for each channel`,
    advice: "Give one modality for all channels, or one for each of them in their order.",
  });
}

/** A single modality where all channels have the same, else one for each channel: the inverse of the above. */
export function shortestModality(channels: readonly Modality[]): Modality | readonly Modality[] {
  return new Set(channels).size === 1 ? (channels[0] as Modality) : channels;
}

/** For people: `MR`, or `CT + PET` where channels differ. */
export const modalityText = (channels: readonly Modality[]): string =>
  [shortestModality(channels)].flat().join(" + ");
