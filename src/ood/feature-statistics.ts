import { UserError } from "../base/index.js";
import type { FeatureVisitor } from "../inference/index.js";
import type { LayerStatistics } from "./layer-statistics.js";
import { SignatureAccumulator } from "./signature-accumulator.js";

/**
 * Gathers the statistics of all layers of one image: give `visit` to `predictVolume` as `onFeatures`.
 *
 * `visit` throws a UserError where features are not float32 (those of a model in half precision arrive as bit patterns, not
 * as numbers), are not finite, or change their number of channels from window to window.
 */
export class FeatureStatistics {
  private readonly accumulators = new Map<string, SignatureAccumulator>();

  readonly visit: FeatureVisitor = (layer, features, interior) => {
    if (features.type !== "float32") {
      throw new UserError({
        subject: `layer ${layer}`,
        found: `features of type ${features.type}`,
        expected: "float32",
        advice: "Export the model in single precision, or choose layers whose output is float32.",
      });
    }
    let accumulator = this.accumulators.get(layer);
    if (accumulator === undefined) {
      accumulator = new SignatureAccumulator(features.dims[1] as number, layer);
      this.accumulators.set(layer, accumulator);
    }
    if (features.dims[1] !== accumulator.channels) {
      throw new UserError({
        subject: `layer ${layer}`,
        found: `${features.dims[1]} channels in one window and ${accumulator.channels} in another`,
        expected: "one number of channels",
        advice: "Choose layers whose number of channels the model's graph fixes.",
      });
    }
    accumulator.add(features.data as Float32Array, features.dims, interior);
  };

  layers(): Record<string, LayerStatistics> {
    return Object.fromEntries(
      [...this.accumulators].map(([layer, accumulator]) => [layer, accumulator.statistics()]),
    );
  }
}
