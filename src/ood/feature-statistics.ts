import { UserError } from "../base/index.js";
import type { FeatureVisitor, GramVisitor } from "../inference/index.js";
import type { LayerStatistics } from "./layer-statistics.js";
import { SignatureAccumulator } from "./signature-accumulator.js";

/**
 * Gathers the statistics of all layers of one image: give `visit` and `visitGram` to `predictVolume` as `onFeatures` and
 * `onGram`.
 *
 * Both throw a UserError where features are not finite, or change their number of channels from window to window; `visit`
 * also where they are not float32 (those of a model in half precision arrive as bit patterns, not as numbers).
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
    const accumulator = this.accumulator(layer, features.dims[1] as number);
    accumulator.add(features.data as Float32Array, features.dims, interior);
  };

  readonly visitGram: GramVisitor = (layer, { gram, columnSums, rows }) => {
    this.accumulator(layer, columnSums.length).addGram(gram, columnSums, rows);
  };

  layers(): Record<string, LayerStatistics> {
    return Object.fromEntries(
      [...this.accumulators].map(([layer, accumulator]) => [layer, accumulator.statistics()]),
    );
  }

  private accumulator(layer: string, channels: number): SignatureAccumulator {
    let accumulator = this.accumulators.get(layer);
    if (accumulator === undefined) {
      accumulator = new SignatureAccumulator(channels, layer);
      this.accumulators.set(layer, accumulator);
    }
    if (channels === accumulator.channels) return accumulator;
    throw new UserError({
      subject: `layer ${layer}`,
      found: `${channels} channels in one window and ${accumulator.channels} in another`,
      expected: "one number of channels",
      advice: "Choose layers whose number of channels the model's graph fixes.",
    });
  }
}
