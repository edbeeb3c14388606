/** What must hold for the organs of a dataset, so that a network learns what was drawn. */

import { UserError } from "../base/index.js";
import type { OrganSelection } from "../labels/index.js";
import { type Box, type Grid, spacingOf, type Volume } from "../volume/index.js";
import type { Dataset } from "./dataset.js";

/** Values of a target are single bytes, and 0 is the background. */
const MOST_ORGANS = 255;

/**
 * @throws UserError unless label values are whole numbers from 1 to 255, each in one organ; there are thus at most 255 organs
 */
export function checkOrgans(dataset: Dataset, organs: OrganSelection): void {
  const subject = `organs of dataset ${dataset.name}`;
  const owner = new Map<number, string>();
  for (const [organ, values] of Object.entries(organs)) {
    const wrong = values.find((value) => !Number.isInteger(value) || value < 1 || value > MOST_ORGANS);
    if (wrong !== undefined || values.length === 0) {
      throw new UserError({
        subject,
        found: wrong === undefined ? `no label value for ${organ}` : `the label value ${wrong} for ${organ}`,
        expected: `one or more whole numbers from 1 to ${MOST_ORGANS}`,
        advice: "Give each organ the values that it has in the label files.",
      });
    }
    for (const value of values) {
      const other = owner.get(value);
      if (other !== undefined) {
        throw new UserError({
          subject,
          found: `label value ${value} in both ${other} and ${organ}`,
          expected: "each value in one organ at most",
          advice: "Give each label value to one organ.",
        });
      }
      owner.set(value, organ);
    }
  }
}

/**
 * The voxels of each organ in a label file. A file may lack some of its dataset's organs; but an organ that the file has
 * and the target has not would teach the network that it is not there.
 *
 * @param path of the label file
 * @param selected the number of each voxel's organ, from 1, on the file's grid
 * @param kept the same on the prepared grid, and the voxels of the file that were not cropped away
 * @throws UserError where the file has no organ at all, or preparation lost one
 */
export function countOrgans(
  path: string,
  organs: OrganSelection,
  selected: Volume<Uint8Array>,
  kept: { readonly target: Uint8Array; readonly grid: Grid; readonly seen: Box },
): number[] {
  const names = Object.keys(organs);
  const inFile = voxelsOfOrgans(selected.data, organs);
  if (inFile.every((count) => count === 0)) {
    throw new UserError({
      subject: path,
      found: `no voxel of ${names.map((name) => described(name, organs)).join(" or ")}`,
      expected: "at least one voxel of one organ",
      advice: "Check the label values of the organs in the configuration, or leave the case out.",
    });
  }
  const prepared = voxelsOfOrgans(kept.target, organs);
  const lost = names.findIndex((_, organ) => inFile[organ]! > 0 && prepared[organ] === 0);
  if (lost < 0) return inFile;
  const place = `${inFile[lost]} voxels of ${described(names[lost]!, organs)} (${sizes(selected)})`;
  const cropped = !anyInside(selected, lost + 1, kept.seen);
  throw new UserError({
    subject: path,
    found: cropped
      ? `${place}, all outside the part of the image that is not air`
      : `${place}, none of which is left on the prepared grid (${sizes(kept.grid)})`,
    expected: cropped ? "organs inside the body" : "an organ larger than a prepared voxel",
    advice: cropped
      ? "Check that the label is this image's, set preparation.cropToForeground to false, or leave the case out."
      : "Prepare finer voxels (preparation.spacing), or leave the case out.",
  });
}

const voxelsOfOrgans = (target: Uint8Array, organs: OrganSelection): number[] => {
  const counts = new Array<number>(Object.keys(organs).length + 1).fill(0);
  for (const value of target) counts[value]!++;
  return counts.slice(1);
};

const sizes = ({ shape, affine }: Grid): string =>
  `${shape.join(" x ")} voxels of ${spacingOf(affine)
    .map((mm) => mm.toFixed(2))
    .join(" x ")} mm`;

/** Whether any voxel of a value lies in a box. */
function anyInside({ data, shape }: Volume<Uint8Array>, value: number, { low, high }: Box): boolean {
  return data.some((found, at) => {
    if (found !== value) return false;
    const plane = Math.floor(at / shape[0]);
    const voxel = [at % shape[0], plane % shape[1], Math.floor(plane / shape[1])];
    return voxel.every((index, axis) => index >= low[axis]! && index < high[axis]!);
  });
}

/**
 * A case may lack an organ, a whole dataset may not: the label values are then hardly right.
 *
 * @param found voxels of each organ in all cases
 * @throws UserError where an organ has none
 */
export function refuseOrgansOfNoCase(
  dataset: Dataset,
  organs: OrganSelection,
  found: ArrayLike<number>,
): void {
  const missing = Object.keys(organs).find((_, organ) => found[organ] === 0);
  if (missing === undefined) return;
  throw new UserError({
    subject: `organs of dataset ${dataset.name}`,
    found: `no voxel of ${described(missing, organs)} in any case`,
    expected: "at least one case with this organ",
    advice: "Check the organ's label values in the configuration, or leave the organ out.",
  });
}

const described = (organ: string, organs: OrganSelection): string =>
  `${organ} (label ${organs[organ]!.join(", ")})`;
