/**
 * Series as scanners wrote them, against what dcm2niix says of them. They are not part of the repository: without the folder
 * ../shared/data/dicom (or SURESEG_DICOM) the tests are skipped.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readVolumeFile } from "../../src/dataset/index.js";
import type { SourcedVolume } from "../../src/sources/index.js";
import { applyAffine, type Vector } from "../../src/volume/index.js";

const folder = process.env.SURESEG_DICOM ?? resolve(import.meta.dirname, "../../../shared/data/dicom");

const read = (name: string, series?: string): Promise<SourcedVolume> =>
  readVolumeFile(join(folder, name), { series });

const figures = ({ data }: SourcedVolume): { low: number; high: number; mean: number } => {
  let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  return { low, high, mean: sum / data.length };
};

/** dcm2niix turns the order of rows round: its first voxel is the first of the last row. */
const firstOfLastRow = ({ affine, shape }: SourcedVolume): Vector =>
  applyAffine(affine, [0, shape[1] - 1, 0]);

const near = (values: readonly number[], digits: number) =>
  values.map((value) => expect.closeTo(value, digits));

describe.skipIf(!existsSync(folder))("series as scanners wrote them", () => {
  it("sagittal MR", async () => {
    const volume = await read("mr_t1_sagittal");
    expect(volume.shape).toEqual([256, 256, 35]);
    const column = (axis: number): number[] => [0, 4, 8].map((row) => volume.affine[row + axis]!);
    expect(column(0)).toEqual(near([0, -1.0156, 0], 4));
    expect(column(1)).toEqual(near([0, 0, -1.0156], 4));
    expect(column(2)).toEqual(near([4.8, 0, 0], 4));
    expect(firstOfLastRow(volume)).toEqual(near([-81.6, 130, -128.984], 3));
    const { low, high, mean } = figures(volume);
    expect([low, high]).toEqual([0, 1948]);
    expect(mean).toBeCloseTo(225.325, 3);
    expect(volume.source.modality).toBe("MR");
  });

  it("axial CT", async () => {
    const volume = await read("ct_axial");
    expect(volume.shape).toEqual([512, 512, 28]);
    expect(firstOfLastRow(volume)).toEqual(near([115.5, -228.699, 696.21], 3));
    const { low, high, mean } = figures(volume);
    expect([low, high]).toEqual([-1024, 782]);
    expect(mean).toBeCloseTo(-830.606, 3);
    expect(volume.source.modality).toBe("CT");
  });

  it("a localizer is no volume", async () => {
    await expect(read("ct_localizer")).rejects.toThrow(/a localizer/);
  });

  it("a tilted gantry is refused", async () => {
    await expect(read("ct_tilted")).rejects.toThrow(/the gantry was tilted by 18\.5 degrees/);
  });

  it("an enhanced file with two volumes: each is chosen, each frame with its own scaling", async () => {
    await expect(read("enhanced_mr_philips")).rejects.toThrow(/found 2 volumes/);
    const [fieldMap, magnitude] = [
      await read("enhanced_mr_philips", "1"),
      await read("enhanced_mr_philips", "2"),
    ];
    for (const volume of [fieldMap, magnitude]) {
      expect(volume.shape).toEqual([64, 64, 32]);
      // dcm2niix turns the columns round as well.
      const corner = applyAffine(volume.affine, [63, 63, 0]);
      expect(corner).toEqual(near([-124.757, -132.223, -38.348], 2));
    }
    const { low, high } = figures(fieldMap);
    expect(low).toBeCloseTo(-495.604, 3);
    expect(high).toBeCloseTo(497.314, 3);
    // dcm2niix shows this one in the maker's own units; this is what the standard's rescaling gives, as in pydicom.
    expect(figures(magnitude).high).toBeCloseTo(2548.188, 3);
  });

  it("a time series is refused by name; a time point can be chosen", async () => {
    await expect(read("enhanced_mr_siemens")).rejects.toThrow(/a time series: 4 volumes of one place/);
    const volume = await read("enhanced_mr_siemens", "4");
    expect(volume.shape).toEqual([64, 64, 6]);
    const { affine } = volume;
    expect([affine[0], affine[5], affine[10]]).toEqual(near([-3.375, -3.375, 2.4], 4));
  });

  it("a whole study in one folder: the volumes are listed, and the CT is chosen", async () => {
    const found = await read("").catch((error: Error) => error.message);
    expect(found).toMatch(/axial localizer|sagittal localizer/);
    const number = /(\d+): CT, 28 slices of 512 x 512/.exec(String(found))?.[1];
    expect((await read("", number)).shape).toEqual([512, 512, 28]);
  });
});
