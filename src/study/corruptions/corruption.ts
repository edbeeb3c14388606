import type { Random } from "../../base/index.js";
import type { Volume } from "../../volume/index.js";

/** How bad: 1 is what a careful reader just notices, 3 what would send the patient back to the scanner. */
export type Severity = 1 | 2 | 3;

/** A way in which an image goes wrong between the patient and the network. */
export interface Corruption {
  /**
   * The image as it would have arrived. Pure: the input is left alone, the same random stream gives the same result.
   *
   * @param volume as read from a file, any orientation and spacing; intensities of any unit
   */
  apply(volume: Volume, severity: Severity, random: Random): Volume;
  /** True where voxels move: a reference is then corrupted in the same way (with the same random stream). */
  readonly movesAnatomy?: boolean;
}
