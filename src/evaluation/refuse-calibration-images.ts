/** An evaluation is of images that neither the network nor its guard has seen. */
import { type CaseName, caseKey, UserError } from "../base/index.js";
import type { Guard } from "../ood/index.js";

/**
 * @param items with the hash of their files, by which images are known under whatever name
 * @throws UserError naming images that drew the guard's threshold
 */
export function refuseCalibrationImages(
  { calibration }: Guard,
  items: readonly (CaseName & { readonly filesHash: string })[],
): void {
  // Adopted networks are measured on the images that their guard was fitted to, each left out.
  if (calibration.source !== "held-out") return;
  const images = calibration.images ?? [];
  const hashes = new Set(images.map(({ files }) => files).filter((hash) => hash !== undefined));
  const keys = new Set(
    images.filter(({ files }) => files === undefined).map((image) => caseKey({ ...image, id: image.case })),
  );
  const known = items.filter((item) => hashes.has(item.filesHash) || keys.has(caseKey(item)));
  if (known.length === 0) return;
  const named = known.slice(0, 3).map(caseKey).join(", ");
  throw new UserError({
    subject: "images to evaluate",
    found: `${named}${known.length > 3 ? ` and ${known.length - 3} more` : ""}, which calibrated this bundle`,
    expected: "images that the bundle has not seen",
    advice:
      "Evaluate it on other images, or make a bundle whose test images are kept aside (sureseg pack without --final).",
  });
}
