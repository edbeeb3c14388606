/** Network files made of nnU-Net's plans prepare an image as nnU-Net's own preprocessor does. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  datasetJsonSchema,
  networkFileOfPlans,
  networkFileSchema,
  plansSchema,
} from "../../src/adoption/index.js";
import { prepareImage } from "../../src/preparation/index.js";
import { affineFromSpacing, type Volume } from "../../src/volume/index.js";

interface Stored {
  /** [channels, k, j, i] */
  readonly dims: readonly [number, number, number, number];
  readonly offset: number;
}

interface Case {
  readonly name: string;
  /** Along k, j, i; mm. */
  readonly spacing: readonly [number, number, number];
  readonly plans: unknown;
  readonly dataset: unknown;
  readonly image: Stored;
  readonly prepared: Stored;
}

const FIXTURES = "test/oracle/fixtures/nnunet-preparation";
const { cases } = JSON.parse(readFileSync(`${FIXTURES}.json`, "utf8")) as { cases: Case[] };
const values = new Float32Array(new Uint8Array(readFileSync(`${FIXTURES}.bin`)).buffer);

const read = ({ dims, offset }: Stored): Float32Array =>
  values.slice(offset, offset + dims.reduce((product, size) => product * size, 1));

function imageOf({ image, spacing: [k, j, i] }: Case): Volume<Float32Array> {
  const [channels, nk, nj, ni] = image.dims;
  return { shape: [ni, nj, nk], affine: affineFromSpacing([i, j, k]), channels, data: read(image) };
}

describe("nnU-Net's preprocessor", () => {
  test.each(cases)("$name", (item) => {
    const file = networkFileSchema.parse(
      networkFileOfPlans({
        plans: plansSchema.parse(item.plans),
        dataset: datasetJsonSchema.parse(item.dataset),
        configuration: "3d_fullres",
        names: { plans: "plans.json", dataset: "dataset.json" },
      }),
    );
    const { image } = prepareImage(imageOf(item), file.preparation, file.modalities, item.name);
    const expected = read(item.prepared);
    expect([image.channels, ...image.shape.toReversed()]).toEqual([...item.prepared.dims]);
    // Of intensities around 1 for all but the case without normalisation, which has hundreds.
    const tolerance = item.name === "thick, as many" ? 1e-3 : 2e-5;
    const furthest = image.data.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - expected[at]!)),
      0,
    );
    expect(furthest).toBeLessThan(tolerance);
  });
});
