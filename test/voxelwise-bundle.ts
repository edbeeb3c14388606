/** Bundles around a stand-in for a network that works voxel by voxel, in every label mode: for tests of the pipeline. */
import { Random } from "../src/base/index.js";
import type { Bundle, OpenedBundle } from "../src/bundle/index.js";
import { guardEvidence, inspectPrepared } from "../src/bundle/index.js";
import type { Session, Tensor } from "../src/graph/index.js";
import { channelsOf, type LabelMode } from "../src/labels/index.js";
import { fitGuard } from "../src/ood/index.js";
import { type Preparation, preparationSchema } from "../src/preparation/index.js";
import { affineFromSpacing, type Volume } from "../src/volume/index.js";

/** Logits of channel n: the intensity less n / 4, steeper with n. The layer `full`: intensity and its square. */
class VoxelwiseSession implements Session {
  readonly inputNames = ["image"];
  readonly outputNames = ["logits", "features/full"];

  constructor(private readonly channels: number) {}

  async run({ image }: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { dims, data } = image as Tensor;
    const [, , d, h, w] = dims as [number, number, number, number, number];
    const values = (data as Float32Array).subarray(0, d * h * w);
    const channel = (n: number): number[] => Array.from(values, (value) => (1 + n) * (value - n / 4));
    const logits = Array.from({ length: this.channels }, (_, n) => channel(n)).flat();
    const features = [...values, ...Array.from(values, (value) => value * value)];
    return {
      logits: { type: "float32", dims: [1, this.channels, d, h, w], data: Float32Array.from(logits) },
      "features/full": { type: "float32", dims: [1, 2, d, h, w], data: Float32Array.from(features) },
    };
  }

  async release(): Promise<void> {}
}

/** Two organs, `first` and `second`; one channel of CT. */
export async function voxelwiseBundle(
  labelMode: LabelMode,
  preparation: Preparation = preparationSchema.parse({ spacing: { policy: "fit", voxels: 16 } }),
): Promise<OpenedBundle> {
  const outputChannels = channelsOf(labelMode, 2);
  const session = new VoxelwiseSession(outputChannels);
  const network: Pick<Bundle, "windows" | "labels"> = {
    windows: { window: [8, 8, 8], overlap: 0.5, multipleOf: [2, 2, 2], fixedSize: true, padding: "zero" },
    labels: {
      labelMode,
      organs: ["first", "second"],
      // The second within the first.
      ...(labelMode === "regions" && {
        regions: [
          { channel: 0, value: 1, values: [1, 2] },
          { channel: 1, value: 2, values: [2] },
        ],
      }),
      outputChannels,
      activation: labelMode === "exclusive" ? "softmax" : "sigmoid",
      inputChannels: ["CT"],
      modalities: ["CT"],
    },
  };
  const evidence = await Promise.all(
    Array.from({ length: 24 }, async (_, at) => {
      const image = randomImage(at);
      const inspected = await inspectPrepared(session, image, network, { layers: ["full"] });
      const seen = guardEvidence(image, inspected, network.labels);
      return { dataset: "training", id: `image-${at}`, subject: `image-${at}`, ...seen };
    }),
  );
  const threshold = { rule: "conformal", alpha: 0.1 } as const;
  const bundle: Bundle = {
    ...network,
    model: new Uint8Array(),
    preparation,
    calibration: { temperature: 1.7, images: 3 },
    guard: fitGuard(evidence.slice(0, 12), { layers: ["full"], threshold, heldOut: evidence.slice(12) }),
    card: {
      name: "voxelwise",
      version: "1",
      summary: "",
      intendedUse: "",
      limitations: "",
      licence: "none",
      data: [],
      metrics: [],
      training: [],
    },
    cardText: "",
    fingerprint: "0".repeat(64),
  };
  return { bundle, session };
}

function randomImage(seed: number): Volume<Float32Array> {
  const random = new Random(seed);
  const data = Float32Array.from({ length: 1000 }, () => random.normal());
  return { shape: [10, 10, 10], affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
}
