/**
 * How unsure a prediction is away from the boundaries of its mask.
 *
 * At a boundary every prediction is unsure, so that a mean over a whole mask says how large the mask's surface is for its
 * volume, and differs from organ to organ. Inside, doubt is a sign that the network does not know what it sees. M. Zenk et al.,
 * "Comparative benchmarking of failure detection methods in medical image segmentation" (Medical Image Analysis 101, 2025),
 * compare such ways from voxels to one figure. Their non-boundary entropy (`nonBoundaryMean`) counts the voxels outside the mask as
 * well: a mean over mostly background, which falls with the size of the field of view. Here the background does not count.
 */
import type { PredictedChannels } from "../labels/index.js";
import type { Shape, Volume } from "../volume/index.js";
import { greatestEntropy, readVoxels, type VoxelReading } from "./uncertainty.js";

/** Some slices of a prediction, [channels x slices x nj x ni]. */
interface Slices {
  readonly slices: number;
  readonly data: Float32Array;
}

interface Slice {
  readonly labels: Uint8Array;
  readonly entropy: Float32Array;
}

/** Gathers it slab by slab, in the memory of two slices. */
export class InteriorEntropy {
  private before: Slice | undefined;
  private latest: Slice | undefined;
  private readonly inside = { sum: 0, voxels: 0 };
  private readonly foreground = { sum: 0, voxels: 0 };

  /** @param width voxels along the first axis */
  constructor(
    private readonly predicted: PredictedChannels,
    private readonly width: number,
  ) {}

  /** The next slices, in their order. */
  add({ slices, data }: Slices): void {
    this.addRead(slices, readVoxels([data], this.predicted));
  }

  /** As `add`, of slices that were read already. */
  addRead(slices: number, { labels, maps: { entropy } }: VoxelReading): void {
    const size = labels.length / slices;
    for (let at = 0; at < labels.length; at += size) {
      this.next({ labels: labels.slice(at, at + size), entropy: entropy.slice(at, at + size) });
    }
  }

  /**
   * Mean over the voxels that have a label and share it with their six neighbours (fewer at the edge of the image); over all
   * voxels with a label where there is none such. No further slice may come after it.
   *
   * @returns nats, 0 to `greatestEntropy`; that where no voxel has a label
   */
  value(): number {
    this.next(undefined);
    const counted = this.inside.voxels > 0 ? this.inside : this.foreground;
    return counted.voxels === 0 ? greatestEntropy(this.predicted) : counted.sum / counted.voxels;
  }

  private next(slice: Slice | undefined): void {
    if (this.latest !== undefined) this.count(this.latest, this.before?.labels, slice?.labels);
    this.before = this.latest;
    this.latest = slice;
  }

  private count(
    { labels, entropy }: Slice,
    below: Uint8Array | undefined,
    above: Uint8Array | undefined,
  ): void {
    const { width } = this;
    for (let at = 0; at < labels.length; at++) {
      const label = labels[at]!;
      if (label === 0) continue;
      const column = at % width;
      const inside =
        (column === 0 || labels[at - 1] === label) &&
        (column === width - 1 || labels[at + 1] === label) &&
        (at < width || labels[at - width] === label) &&
        (at + width >= labels.length || labels[at + width] === label) &&
        (below === undefined || below[at] === label) &&
        (above === undefined || above[at] === label);
      for (const counted of inside ? [this.inside, this.foreground] : [this.foreground]) {
        counted.sum += entropy[at]!;
        counted.voxels++;
      }
    }
  }
}

/** Of a whole prediction at once. */
export const interiorEntropy = (
  { shape, data }: Pick<Volume<Float32Array>, "shape" | "data">,
  predicted: PredictedChannels,
): number => interiorMean(shape, readVoxels([data], predicted));

/** Of a whole prediction that was read already. */
export function interiorMean(shape: Shape, reading: VoxelReading): number {
  const gathered = new InteriorEntropy(reading.predicted, shape[0]);
  gathered.addRead(shape[2], reading);
  return gathered.value();
}
