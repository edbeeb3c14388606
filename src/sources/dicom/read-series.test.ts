/** DICOM series of every kind, against what pydicom and ITK read from them: see test/oracle/dicom.py. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.js";
import { applyAffine, type Vector } from "../../volume/index.js";
import type { FileToRead, SeriesChoice } from "../files-to-read.js";
import type { SourcedVolume } from "../format.js";
import { filesOfZip } from "../zip.js";
import { readDicomSeries } from "./read-series.js";
import type { DicomSeriesSource } from "./series-source.js";

const folder = "test/oracle/fixtures/dicom";

interface Expected {
  readonly shape: readonly number[];
  readonly integer: boolean;
  readonly sum: number;
  readonly probes: readonly { voxel: Vector; ras: readonly number[]; value: number }[];
  readonly modality?: string;
  readonly itk?: { readonly affine: readonly number[]; readonly sum: number };
}

const volumes: Record<string, Expected> = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")).volumes;

const filesIn = (name: string): FileToRead[] => filesOfZip(readFileSync(`${folder}/${name}.zip`), name);
const read = (name: string, choice: SeriesChoice = {}): Promise<SourcedVolume> =>
  readDicomSeries(filesIn(name), name, choice);

/** Some expectations are of one volume of several: "NAME/which". */
const choices: Record<string, string> = { magnitude: "2", "field-map": "1" };

const valueAt = ({ data, shape }: SourcedVolume, [i, j, k]: Vector): number =>
  data[i + shape[0] * (j + shape[1] * k)]!;
const sumOf = ({ data }: SourcedVolume): number => {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
};

describe("agrees with pydicom and ITK, voxel by voxel and in world coordinates", () => {
  it.each(Object.keys(volumes))("%s", async (key) => {
    const { shape, integer, sum, probes, modality, itk } = volumes[key]!;
    const [name, which] = key.split("/");
    const volume = await read(name!, { series: which && (choices[which] ?? which) });
    expect(volume.shape).toEqual(shape);
    expect(volume.channels).toBe(1);
    expect(volume.data instanceof Float32Array).toBe(!integer);
    for (const { voxel, ras, value } of probes) {
      const place = applyAffine(volume.affine, voxel);
      for (const axis of [0, 1, 2])
        expect(Math.abs(place[axis]! - ras[axis]!)).toBeLessThan(key === "jitter" ? 0.03 : 1e-6);
      expect(valueAt(volume, voxel)).toBeCloseTo(value, integer ? 9 : 3);
    }
    expect(sumOf(volume)).toBeCloseTo(sum, integer ? 6 : 2);
    if (modality !== undefined) expect(volume.source.modality).toBe(modality);
    if (itk === undefined) return;
    for (const [at, value] of itk.affine.entries())
      expect(Math.abs(volume.affine[at]! - value), `affine[${at}]`).toBeLessThan(
        key === "jitter" ? 0.01 : 1e-6,
      );
    expect(itk.sum).toBeCloseTo(sum, integer ? 6 : 2);
  });
});

describe("what the reports of others ask", () => {
  it.each(["same", "no", "reversed"])("the order is that of places: %s instance numbers", async (what) => {
    const volume = await read(`${what}-instance-number`);
    const { affine, data } = await read("same-instance-number");
    expect(volume.affine).toEqual(affine);
    expect(volume.data).toEqual(data);
  });

  it("slopes of single slices: 100, 200 and 400 of one stored number", async () => {
    const { data } = await read("pet-slopes");
    expect(data).toBeInstanceOf(Float32Array);
    expect([data[0], data[20], data[40]]).toEqual([100, 200, 400]);
  });

  it("slopes that are no integers: 100 and 190", async () => {
    expect((await read("slope-half")).data[0]).toBe(100);
    expect((await read("slope-odd")).data[0]).toBe(190);
  });

  it("the edges of 16 bits: -32768 stays, and 0 with an intercept of -1024 is -1024", async () => {
    const { data } = await read("int16-edge");
    expect(data).toBeInstanceOf(Int16Array);
    expect(Math.min(...data)).toBe(-32768);
    const offset = await read("uint16-offset");
    expect(Math.min(...offset.data)).toBe(-1024);
    expect(Math.max(...offset.data)).toBe(64511);
  });

  it("rows come before columns in Pixel Spacing: 30 mm wide, 20 mm high", async () => {
    const { affine, shape } = await read("row-column-spacing");
    expect([-affine[0]! * shape[0], -affine[5]! * shape[1]]).toEqual([30, 20]);
  });

  it("other directions, frames of reference and localizers are left out, and said so", async () => {
    for (const [name, count] of [
      ["localizer", /^1 slice of other directions/],
      ["other-frame-of-reference", /^2 slices of other directions/],
      ["marked-localizer", /^1 slice of other directions/],
      ["localizer-of-its-own", /^1 slice of other directions/],
    ] as const)
      expect((await read(name)).source.warnings).toEqual([expect.stringMatching(count)]);
  });

  it("files without preamble or ending are read; others are counted", async () => {
    expect((await read("bare")).source.warnings).toEqual([
      expect.stringMatching(
        /^not read: other DICOM objects, such as .* \(1\), files that are no DICOM \(2\)$/,
      ),
    ]);
  });

  it("of two series none is taken for the other: they are listed, and chosen by number or identifier", async () => {
    await expect(read("two-series")).rejects.toThrow(
      /two-series: found 2 volumes \(1: CT, 5 slices of 9 x 7, 1\.5 x 2 x 2\.5 mm, axial; 2: MR, 4 slices of 8 x 6, .*\), expected one volume\. Choose one by its number with --series/,
    );
    const { seriesInstanceUid } = (await read("two-series", { series: "2" })).source
      .fields as DicomSeriesSource;
    expect((await read("two-series", { series: seriesInstanceUid })).shape).toEqual([8, 6, 4]);
    for (const series of ["0", "3", "1.2.3"])
      await expect(read("two-series", { series })).rejects.toThrow(
        /found no series .* expected one of 1: CT/,
      );
  });

  it("volumes of one place are told apart by whatever differs, and never merged", async () => {
    await expect(read("two-kernels")).rejects.toThrow(/scanner setting 1 of 2; 2: .*scanner setting 2 of 2/);
    await expect(read("enhanced-dimensions")).rejects.toThrow(/volume 1 of 2; 2: .*volume 2 of 2/);
  });

  it("volumes of one file are listed by what they are", async () => {
    await expect(read("enhanced-two-volumes")).rejects.toThrow(
      /2 volumes .*kind of image 1 of 2 \(real part\); 2: .*kind of image 2 of 2 \(magnitude\)/,
    );
  });

  it.each<[string, RegExp]>([
    [
      "missing",
      /a gap of 2\.00 mm between slice 2 \(at 1\.00 mm\) and slice 3 \(at 3\.00 mm\), where others are 1\.00 mm: a slice is missing/,
    ],
    ["twice", /slice 2 \(at 1\.00 mm\) twice/],
    ["uneven", /uneven distances: 1\.000 mm between slice 1 \(at 0\.00 mm\) and slice 2/],
    ["tilted", /slip by 1\.294 mm each within their plane: the gantry was tilted by 15\.0 degrees/],
    ["shifted", /slice 3 \(at 5\.00 mm\) shifted within its plane/],
    [
      "mixed",
      /slice \d \(at .* mm\) of 9 x 8 voxels .* after slices of 9 x 7|of 9 x 7 voxels .* after slices of 9 x 8/,
    ],
    [
      "multi-frame-without-positions",
      /images whose slices have no position in the patient \(1\), .*Without positions the distance of slices is not known/,
    ],
    ["single", /found a single slice/],
    ["time-series", /a time series: 3 volumes of one place .*time point 2 of 3/],
    ["enhanced-time-series", /a time series: 3 volumes of one place .*3: MR/],
    ["colour", /images in colour \(4\)/],
    ["lossy-jpeg", /pixels in lossy JPEG.*Export the series uncompressed/],
  ])("refused with a sentence: %s", async (name, message) => {
    const error = await read(name).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
  });
});

describe("what a result must refer to", () => {
  it("slices in the volume's order, and identity byte for byte with its character set", async () => {
    const { source, affine, shape } = await read("d0");
    expect(source.format).toBe("DICOM");
    const fields = source.fields as DicomSeriesSource;
    expect(fields).toMatchObject({ rows: 28, columns: 32, pixelSpacing: [2, 1.5], sliceThickness: 2.5 });
    expect(fields.sliceSpacing).toBeCloseTo(2.5, 12);
    expect(fields.slices).toHaveLength(24);
    for (const [k, { position, frameNumber }] of fields.slices.entries()) {
      expect(frameNumber).toBeUndefined();
      const [x, y, z] = applyAffine(affine, [0, 0, k]);
      expect([-x, -y, z]).toEqual(position.map((value) => expect.closeTo(value, 9)));
    }
    expect(new Set(fields.slices.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(shape[2]);
    const text = (tag: number): string =>
      new TextDecoder("latin1").decode(fields.identity.find((element) => element.tag === tag)?.bytes);
    expect(text(0x00080005).trim()).toBe("ISO_IR 100");
    expect(text(0x00100010).trim()).toBe("Müller^Jörg");
    expect(text(0x0020000d).replace(/\0$/, "")).toBe(fields.studyInstanceUid);
    const tags = fields.identity.map(({ tag }) => tag);
    expect(tags).toEqual([...tags].sort((a, b) => a - b));
  });

  it("frames by number where an instance holds several", async () => {
    const { slices } = (await read("enhanced-mr")).source.fields as DicomSeriesSource;
    expect(slices.map(({ frameNumber }) => frameNumber)).toEqual([2, 4, 5, 1, 3]);
    expect(new Set(slices.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(1);
  });
});

describe("patients stay unnamed", () => {
  const said = async (name: string, choice: SeriesChoice = {}): Promise<string> => {
    try {
      const { source } = await read(name, choice);
      return source.warnings.join("\n");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return `${error.message}\n${String(error.cause)}`;
    }
  };

  it.each(["whole", "missing", "twice", "mixed", "single", "series", "colour", "repeats"])(
    "no text and no identifier of a file in what is said of it: %s",
    async (what) => {
      const name = `marked-${what}`;
      for (const series of [undefined, "1", "9"])
        expect(await said(name, { series })).not.toMatch(/QXMARKERQX|777777|P-77/);
    },
  );

  it("nor of files that are damaged anywhere", async () => {
    const files = filesIn("marked-whole");
    const [first, ...others] = files;
    const bytes = await first!.read();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = changed[at]! ^ change;
        const text = await readDicomSeries(
          [{ ...first!, read: async () => changed }, ...others],
          "marked",
        ).then(
          ({ source }) => source.warnings.join(),
          (error: unknown) => {
            expect(error).toBeInstanceOf(UserError);
            return (error as UserError).message;
          },
        );
        expect(text).not.toMatch(/QXMARK|MARKERQ|777777/);
      }),
      { numRuns: 400 },
    );
  });
});

describe("files that are cut off or damaged", () => {
  const coded = [
    "d0",
    "implicit",
    "deflated",
    "big-endian",
    "rle",
    "jpeg-lossless",
    "jpeg-ls",
    "jpeg-2000",
    "enhanced-ct-rle",
  ];

  it.each(coded)("cut at any length: %s is refused", async (name) => {
    const files = filesIn(name);
    const [first, ...others] = files;
    const bytes = await first!.read();
    const lengths = Array.from({ length: 60 }, (_, n) => Math.floor((n / 60) * (bytes.length - 12)));
    for (const length of [...lengths, 127, 131, 132, 133, 140]) {
      const cut = { ...first!, read: async () => bytes.slice(0, length) };
      const error = await readDicomSeries([cut, ...others], name).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      // Where even the letters DICM are cut off, the file is no DICOM; its slice is missing.
      if (error === undefined) {
        expect(length).toBeLessThan(132);
        continue;
      }
      expect(error, `${length} bytes`).toBeInstanceOf(UserError);
    }
  });

  it.each(coded.filter((name) => name !== "deflated"))(
    "sizes that no file holds are refused before memory is taken: %s",
    async (name) => {
      // Rows and Columns (0028,0010) and (0028,0011), as they stand in an explicit, implicit or big-endian data set.
      const grown = async (file: FileToRead): Promise<FileToRead> => {
        const bytes = Uint8Array.from(await file.read());
        for (let at = 0; at < bytes.length - 10; at++) {
          const [a, b, c, d, e, f] = bytes.subarray(at, at + 6);
          const little = a === 0x28 && b === 0 && (c === 0x10 || c === 0x11) && d === 0;
          const big = a === 0 && b === 0x28 && c === 0 && (d === 0x10 || d === 0x11);
          const short = (e === 0x55 && f === 0x53) || (e === 2 && f === 0);
          if ((little || big) && short) bytes.set([0xea, 0xea], at + 8);
        }
        return { ...file, read: async () => bytes };
      };
      const error = await readDicomSeries(await Promise.all(filesIn(name).map(grown)), name).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(/cut off or damaged|a grid of 60138 x 60138/);
    },
  );

  it.each(coded)(
    "any byte changed: %s is read or refused, and nothing else",
    async (name) => {
      const files = filesIn(name);
      const [first, ...others] = files;
      const bytes = await first!.read();
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
          const changed = Uint8Array.from(bytes);
          changed[at] = value;
          await readDicomSeries([{ ...first!, read: async () => changed }, ...others], name).catch(
            (error: unknown) => expect(error).toBeInstanceOf(UserError),
          );
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );
});
