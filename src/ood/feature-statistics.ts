import type { FeatureVisitor } from "../inference/index.js";
import type { LayerStatistics } from "./layer-statistics.js";
import { SignatureAccumulator } from "./signature-accumulator.js";

/** Gathers the statistics of all layers of one image: give `visit` to `predictVolume` as `onFeatures`. */
export class FeatureStatistics {
  private readonly accumulators = new Map<string, SignatureAccumulator>();

  readonly visit: FeatureVisitor = (layer, features, interior) => {
    let accumulator = this.accumulators.get(layer);
    if (accumulator === undefined) {
      accumulator = new SignatureAccumulator(features.dims[1] as number, layer);
      this.accumulators.set(layer, accumulator);
    }
    accumulator.add(features.data as Float32Array, features.dims, interior);
  };

  layers(): Record<string, LayerStatistics> {
    return Object.fromEntries(
      [...this.accumulators].map(([layer, accumulator]) => [layer, accumulator.statistics()]),
    );
  }
}
