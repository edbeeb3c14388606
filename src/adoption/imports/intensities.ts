/** Steps for each channel as steps for each modality, by which a bundle knows them. */
import { UserError } from "../../base/index.js";
import type { Normaliser } from "../../preparation/index.js";
import type { Modality } from "../../volume/index.js";

/** @throws UserError where two channels of one modality are normalised in two ways */
export function intensitiesOf(
  modalities: readonly Modality[],
  steps: readonly Normaliser[],
  subject: string,
): Partial<Record<Modality, Normaliser>> {
  const found: Partial<Record<Modality, Normaliser>> = {};
  for (const [channel, modality] of modalities.entries()) {
    const own = steps[channel]!;
    const known = found[modality];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(own)) {
      throw new UserError({
        subject,
        found: `two channels of the modality ${modality} that are normalised in two ways`,
        expected: "one way for each modality",
        advice:
          "Give the channels names of different modalities (CT, MR, PET, US, other) in the network file.",
      });
    }
    found[modality] = own;
  }
  return found;
}
