/** Predictions as DICOM segmentations, in every label mode. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeIn, readSegmentationFile } from "../../test/segmentation-file.js";
import { voxelwiseBundle } from "../../test/voxelwise-bundle.js";
import { labelModes } from "../labels/index.js";
import { type DicomSeriesSource, readImage } from "../sources/index.js";
import { encodeDicomResult, predictImage } from "./index.js";

const zip = new URL("../../test/oracle/fixtures/dicom/enhanced-ct.zip", import.meta.url);
const volume = await readImage({
  name: "series",
  files: [{ name: "series", read: async () => readFileSync(zip) }],
  folder: false,
});
const { slices } = volume.source.fields as DicomSeriesSource;
const perSlice = volume.shape[0] * volume.shape[1];

describe.each(labelModes)("%s", (mode) => {
  it("holds the labels and their confidence, segment by segment, and says how far to trust them", async () => {
    const opened = await voxelwiseBundle(mode);
    const prediction = await predictImage(opened, { volume, modalities: ["CT"], name: "series" });
    const { labels, confidence, verdict } = prediction;
    expect(labels.data.some((label) => label > 0)).toBe(true);
    expect(labels.data.includes(0)).toBe(true);
    for (const what of ["labels", "confidence"] as const) {
      const bytes = encodeDicomResult(what, {
        name: "series",
        bundle: opened.bundle,
        source: volume.source,
        prediction,
      });
      const { frames, segments, dataSet } = readSegmentationFile(bytes);
      const found = new Uint8Array(labels.data.length);
      const fractions = new Uint8Array(labels.data.length);
      for (const { segment, frameNumber, pixels } of frames) {
        const first = slices.findIndex((slice) => slice.frameNumber === frameNumber) * perSlice;
        for (const [at, pixel] of pixels.entries()) {
          if (pixel === 0) continue;
          found[first + at] = segment;
          fractions[first + at] = pixel;
        }
      }
      expect(found).toEqual(labels.data);
      if (what === "confidence")
        expect(fractions).toEqual(
          Uint8Array.from(labels.data, (label, at) =>
            label === 0 ? 0 : Math.round(255 * confidence.data[at]!),
          ),
        );
      expect(segments.map((segment) => segment.string("x00620005"))).toEqual(
        {
          shared: ["first or second"],
          union: ["first", "second"],
          exclusive: ["first", "second"],
          regions: ["first", "second and first"],
        }[mode],
      );
      for (const segment of segments) {
        expect(segment.string("x00620006")).toMatch(verdict.foreign ? /^FOREIGN IMAGE/ : /^Trusted image/);
        expect(segment.string("x00620006")).toContain(`p = ${verdict.pValue.toFixed(3)}`);
        expect(codeIn(segment, "x0062000f")).toBe("85756007 Tissue");
      }
      expect(dataSet.string("x00620001")).toBe(what === "labels" ? "BINARY" : "FRACTIONAL");
      expect(dataSet.string("x00620013")).toBe("NO");
    }
  });
});

it("says of a foreign image what raised the verdict, where whoever opens the segment reads it", async () => {
  const opened = await voxelwiseBundle("exclusive");
  const prediction = await predictImage(opened, { volume, modalities: ["CT"], name: "series" });
  const reason = "resolution along the third axis is lower than in any training image";
  const verdict = { ...prediction.verdict, foreign: true, reason };
  // A segment's description holds 1024 characters: warnings are what is cut off.
  const warnings = ["w".repeat(2000)];
  const { source } = volume;
  const bytes = encodeDicomResult("labels", {
    name: "series",
    bundle: opened.bundle,
    source,
    prediction: { ...prediction, verdict, warnings },
  });
  const description = readSegmentationFile(bytes).segments[0]!.string("x00620006");
  expect(description).toMatch(/^FOREIGN IMAGE, unlike those that the network was trained on: do not rely/);
  expect(description).toContain(`What raised this: ${reason}.`);
});
