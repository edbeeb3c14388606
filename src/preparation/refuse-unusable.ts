/** Images that no network can say anything about are refused before any work, by name. */
import { UserError } from "../base/index.js";
import type { Modality, Volume, VoxelArray } from "../volume/index.js";
import { applySteps, limitsOf, type Normaliser } from "./normalisers/index.js";

const ADVICE = "Check the file with `sureseg datasets inspect`, and repair or leave it out.";

/** For each channel, what it is and what will be done to it. */
interface ChannelSettings {
  readonly modalities: readonly Modality[];
  readonly normalisers: readonly Normaliser[];
}

/** @throws UserError where voxels are not finite, a channel has no contrast, or the image no extent along an axis */
export function refuseUnusable(
  volume: Volume,
  { modalities, normalisers }: ChannelSettings,
  name: string,
): void {
  if (volume.shape.some((size) => size < 2)) {
    throw new UserError({
      subject: name,
      found: `an image of ${volume.shape.join(" x ")} voxels`,
      expected: "a 3-D image with at least 2 voxels along each axis",
      advice: ADVICE,
    });
  }
  const voxels = volume.data.length / volume.channels;
  for (let channel = 0; channel < volume.channels; channel++) {
    const subject = volume.channels === 1 ? name : `${name}, channel ${channel}`;
    const [low, high] = rangeOf(volume.data.subarray(channel * voxels, (channel + 1) * voxels), subject);
    refuseFlat([low, high], subject);
    refuseOutsideWindow([low, high], modalities[channel]!, normalisers[channel]!, subject);
  }
}

/** Lowest and highest intensity in single precision, in which everything is computed. */
function rangeOf(values: VoxelArray, subject: string): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new UserError({
        subject,
        found: "voxels that are not finite numbers",
        expected: "finite intensities",
        advice: ADVICE,
      });
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range: [number, number] = [Math.fround(low), Math.fround(high)];
  if (range.every(Number.isFinite)) return range;
  throw new UserError({
    subject,
    found: `intensities from ${low} to ${high}`,
    expected: "intensities that single precision can hold",
    advice: "Rescale the file.",
  });
}

function refuseFlat([low, high]: readonly [number, number], subject: string): void {
  if (low < high) return;
  throw new UserError({
    subject,
    found: `the same intensity ${low} everywhere`,
    expected: "an image with contrast",
    advice: ADVICE,
  });
}

/** What clips the channel must leave something of it. */
function refuseOutsideWindow(
  [low, high]: readonly [number, number],
  modality: Modality,
  normaliser: Normaliser,
  subject: string,
): void {
  const limits = limitsOf(normaliser);
  const range = Float32Array.of(low, high);
  applySteps(range, limits);
  if (range[0]! < range[1]!) return;
  const windows = limits.flatMap((step) => (step.step === "clip" ? `${step.low} to ${step.high}` : []));
  throw new UserError({
    subject,
    found: `${modality} with intensities from ${low} to ${high}`,
    expected: `intensities inside the window from ${windows.join(", then from ")}`,
    advice: `Set preparation.intensities.${modality} to the scale of the file, or name another modality.`,
  });
}
