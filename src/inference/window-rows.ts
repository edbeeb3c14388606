/** The slices that windows still add to: as deep as one window, whatever the image's length. */
import { checkSize, type Shape } from "../volume/index.js";

/** Slices `firstSlice` to `firstSlice + slices - 1` of the prepared image. */
export interface PredictedSlab {
  readonly firstSlice: number;
  readonly slices: number;
  /** [channels x slices x nj x ni] */
  readonly data: Float32Array;
}

/** Values handed on at a time, all channels together: 64 MiB, or one slice where that is more. */
const VALUES_A_SLAB = 2 ** 24;

export class WindowRows {
  /** Slices held. */
  readonly depth: number;
  /** [channels x depth x nj x ni]; slice 0 is `firstSlice` of the image. */
  readonly data: Float32Array;
  private first = 0;

  /**
   * @param shape of the image
   * @param windowDepth of a window along the third axis
   * @throws UserError where one row of windows is too much
   */
  constructor(
    readonly shape: Shape,
    windowDepth: number,
    private readonly channels: number,
  ) {
    this.depth = Math.min(windowDepth, shape[2]);
    checkSize("a row of windows", [shape[0], shape[1], this.depth], channels);
    this.data = new Float32Array(channels * this.depth * shape[0] * shape[1]);
  }

  /** The image's slice that is held first. */
  get firstSlice(): number {
    return this.first;
  }

  /** Hands on the slices before `end`, to which no window adds any more, and makes room for as many. */
  *take(end: number): Generator<PredictedSlab> {
    const slice = this.shape[0] * this.shape[1];
    const most = Math.max(1, Math.floor(VALUES_A_SLAB / (this.channels * slice)));
    const count = end - this.first;
    if (count <= 0) return;
    for (let from = 0; from < count; from += most) {
      const slices = Math.min(most, count - from);
      const data = new Float32Array(this.channels * slices * slice);
      for (let channel = 0; channel < this.channels; channel++) {
        const start = (channel * this.depth + from) * slice;
        data.set(this.data.subarray(start, start + slices * slice), channel * slices * slice);
      }
      yield { firstSlice: this.first + from, slices, data };
    }
    for (let channel = 0; channel < this.channels; channel++) {
      const own = this.data.subarray(channel * this.depth * slice, (channel + 1) * this.depth * slice);
      own.copyWithin(0, count * slice);
      own.fill(0, Math.max(0, this.depth - count) * slice);
    }
    this.first = end;
  }
}
