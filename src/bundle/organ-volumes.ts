/** How large each organ of a mask is, and how sure that is. */
import { type VolumeRange, VolumeRangeCounter } from "../calibration/index.js";
import { type MaskLabel, maskLabels, type NamedChannels } from "../labels/index.js";
import { determinantOf, type Volume } from "../volume/index.js";
import type { Labels } from "./parts.js";

/** Millilitres. The range is of the organ's own probabilities: where organs of a `union` overlap, the mask may hold less. */
export interface OrganVolume extends VolumeRange {
  /** Of the mask; what the other fields are about. */
  readonly value: number;
  /** What the value stands for: see `MaskLabel`. */
  readonly organs: readonly string[];
  /** Of the mask's voxels. */
  readonly mask: number;
}

interface Probabilities {
  /** [channels x voxels], calibrated. */
  readonly data: Float32Array;
}

/** Gathers while probabilities pass by. */
export class OrganVolumes {
  private readonly counters: readonly VolumeRangeCounter[];

  constructor(private readonly labels: NamedChannels & Pick<Labels, "outputChannels">) {
    this.counters = Array.from({ length: labels.outputChannels }, () => new VolumeRangeCounter());
  }

  /** The parts as they come: together they are the mask's grid, each voxel once. */
  async *measured<Part extends Probabilities>(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
    for await (const part of parts) {
      this.add(part);
      yield part;
    }
  }

  private add({ data }: Probabilities): void {
    const voxels = data.length / this.counters.length;
    for (const [channel, counter] of this.counters.entries()) {
      counter.add(data.subarray(channel * voxels, (channel + 1) * voxels));
    }
  }

  /** @param mask made of the same probabilities */
  of(mask: Volume<Uint8Array>): OrganVolume[] {
    const millilitres = Math.abs(determinantOf(mask.affine)) / 1000;
    const counts = new Float64Array(256);
    for (const value of mask.data) counts[value]!++;
    return measuredLabels(this.labels).map(({ value, organs, channel, values }) => {
      const { low, expected, high } = this.counters[channel]!.range();
      return {
        value,
        organs,
        mask: values.reduce((sum, own) => sum + counts[own]!, 0) * millilitres,
        low: low * millilitres,
        expected: expected * millilitres,
        high: high * millilitres,
      };
    });
  }
}

/** What is measured: the values of a mask; in `regions` mode whole regions, each with all values that lie in it. */
interface MeasuredLabel extends Pick<MaskLabel, "value" | "organs"> {
  readonly channel: number;
  readonly values: readonly number[];
}

function measuredLabels({ labelMode, organs, regions = [] }: NamedChannels): MeasuredLabel[] {
  if (labelMode === "regions") {
    return regions.map((region) => ({ ...region, organs: [organs[region.channel] as string] }));
  }
  return maskLabels({ labelMode }, organs).map(({ value, organs: names }) => ({
    value,
    organs: names,
    // The inverse of `labelOfChannel`, for values that are not the background.
    channel: labelMode === "exclusive" ? value : value - 1,
    values: [value],
  }));
}
