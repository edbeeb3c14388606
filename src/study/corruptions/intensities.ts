import { percentilesOf, type Volume } from "../../volume/index.js";

/** A float32 copy of the image, and the range that its intensities span without outliers. */
export interface OwnIntensities {
  readonly volume: Volume<Float32Array>;
  /** 1st percentile. */
  readonly low: number;
  /** 99th percentile; above `low` unless the image is flat. */
  readonly high: number;
}

/** Values looked at for the percentiles. */
const SAMPLE = 100_000;

export function ownIntensities(image: Volume): OwnIntensities {
  const data = Float32Array.from(image.data);
  const step = Math.max(1, Math.floor(data.length / SAMPLE));
  const [low, high] = percentilesOf(
    data.filter((_, at) => at % step === 0),
    [1, 99],
  ) as [number, number];
  return { volume: { ...image, data }, low, high };
}
