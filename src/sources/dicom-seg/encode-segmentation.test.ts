/** Segmentations against what highdicom, pydicom, dciodvfy and OHIF's adapters made of them: see test/oracle/segmentation.py. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import dicomParser from "dicom-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cases,
  fixedMaking,
  type SegmentationCase,
  segmentationOf,
} from "../../../test/oracle/segmentation-cases.mjs";
import {
  bytesIn,
  codeIn,
  itemsOf,
  numbersIn,
  readSegmentationFile,
} from "../../../test/segmentation-file.js";
import { lossyCompressionOf } from "../dicom/identity.js";
import { readDicomSeries } from "../dicom/read-series.js";
import type { DicomElement, DicomSeriesSource } from "../dicom/series-source.js";
import type { SourcedVolume } from "../format.js";
import { filesOfZip } from "../zip.js";
import { type DicomSegmentation, encodeSegmentation } from "./encode-segmentation.js";
import { ABNORMALITIES, STRUCTURES, TISSUES } from "./snomed-codes.js";

interface Oracle {
  readonly files: Readonly<Record<string, { sha256: string; frames: number; readBy: string[] }>>;
  /** Meanings in PS3.16 by code. */
  readonly codes: Readonly<Record<string, string>>;
}

const fixtures = new URL("../../../test/oracle/fixtures/", import.meta.url);
const oracle: Oracle = JSON.parse(readFileSync(new URL("segmentation.json", fixtures), "utf8"));
const zipOf = (series: string): Uint8Array => readFileSync(new URL(`dicom/${series}.zip`, fixtures));
const readSeries = (series: string): Promise<SourcedVolume> =>
  readDicomSeries(filesOfZip(zipOf(series), series), series);
const sourceOf = ({ source }: SourcedVolume): DicomSeriesSource => source.fields as DicomSeriesSource;

const [d0, enhanced, reversed] = await Promise.all(
  ["d0", "enhanced-mr", "reversed-instance-number"].map(readSeries),
);

/** A segmentation of a series in one array of labels. */
const masks = (voxels: Uint8Array, values: readonly number[] = [1]): DicomSegmentation => ({
  name: "series",
  segments: values.map((value) => ({ label: `part ${value}`, names: [`part ${value}`], voxels, value })),
  algorithm: { name: "phantoms", version: "1.2", fingerprint: "f".repeat(64) },
  title: "Segmentation: FOREIGN IMAGE",
  description: "FOREIGN IMAGE: p = 0.010.",
});
const empty = (volume: SourcedVolume): Uint8Array => new Uint8Array(volume.data.length);

describe("opens elsewhere with the same voxels", () => {
  it.each(cases)("$name", async (one: SegmentationCase) => {
    const volume = await readSeries(one.series);
    const bytes = encodeSegmentation(
      segmentationOf(one, volume).segmentation,
      sourceOf(volume),
      fixedMaking(),
    );
    const { sha256, readBy } = oracle.files[one.name]!;
    // Where the file was changed on purpose: run test/oracle/segmentation.py again.
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    expect(readBy).toEqual(expect.arrayContaining(["pydicom", "highdicom"]));
  });

  it("every code means in PS3.16 what it means here", () => {
    for (const table of [STRUCTURES, TISSUES, ABNORMALITIES])
      for (const [meaning, code] of Object.entries(table)) expect(oracle.codes[code], code).toBe(meaning);
  });
});

/** Positions of the slices of a series as dicom-parser reads them from its files, by instance and frame. */
async function positionsIn(series: string): Promise<Map<string, number[]>> {
  const positions = new Map<string, number[]>();
  for (const file of filesOfZip(zipOf(series), series)) {
    const dataSet = dicomParser.parseDicom(Uint8Array.from(await file.read()));
    const uid = dataSet.string("x00080018")!;
    if (dataSet.elements.x52009230 === undefined) positions.set(uid, numbersIn(dataSet, "x00200032"));
    for (const [at, group] of itemsOf(dataSet, "x52009230").entries())
      positions.set(`${uid}/${at + 1}`, numbersIn(itemsOf(group, "x00209113")[0]!, "x00200032"));
  }
  return positions;
}

describe("frames", () => {
  it.each(["reversed-instance-number", "oblique", "jitter", "enhanced-mr", "enhanced-in-two-files"])(
    "lie where the slice lies that they refer to, and hold its mask: any mask of %s",
    async (series) => {
      const volume = await readSeries(series);
      const source = sourceOf(volume);
      const positions = await positionsIn(series);
      const perSlice = source.rows * source.columns;
      const length = volume.data.length;
      await fc.assert(
        fc.property(fc.uint8Array({ minLength: length, maxLength: length, max: 3 }), (voxels) => {
          const { frames } = readSegmentationFile(encodeSegmentation(masks(voxels, [1, 3]), source));
          const seen = new Set<string>();
          for (const { sopInstanceUid, frameNumber, ...frame } of frames) {
            const key = frameNumber === undefined ? sopInstanceUid : `${sopInstanceUid}/${frameNumber}`;
            expect(frame.position).toEqual(positions.get(key));
            expect(frame.spatialLocationsPreserved).toBe("YES");
            const slice = source.slices.findIndex(
              (one) => one.sopInstanceUid === sopInstanceUid && one.frameNumber === frameNumber,
            );
            const value = [1, 3][frame.segment - 1];
            const wanted = voxels
              .subarray(slice * perSlice, (slice + 1) * perSlice)
              .map((voxel) => Number(voxel === value));
            expect(frame.pixels).toEqual(wanted);
            seen.add(`${frame.segment} ${slice}`);
          }
          const held = source.slices.flatMap((_, slice) =>
            [1, 3].flatMap((value, at) =>
              voxels.subarray(slice * perSlice, (slice + 1) * perSlice).includes(value)
                ? [`${at + 1} ${slice}`]
                : [],
            ),
          );
          expect([...seen].sort()).toEqual(held.length > 0 ? held.sort() : ["1 0"]);
        }),
        { numRuns: 20 },
      );
    },
  );

  it("are only for what holds something, with index values counted from 1 without a gap", () => {
    const voxels = empty(d0!);
    const perSlice = 32 * 28;
    voxels[3 * perSlice + 5] = 1;
    voxels[7 * perSlice] = 2;
    voxels[9 * perSlice] = 1;
    const { frames } = readSegmentationFile(encodeSegmentation(masks(voxels, [1, 2]), sourceOf(d0!)));
    expect(frames.map(({ segment, dimensionIndex }) => [segment, ...dimensionIndex])).toEqual([
      [1, 1, 1],
      [1, 1, 3],
      [2, 2, 2],
    ]);
  });

  it("one without anything where nothing was found; the segments are listed all the same", () => {
    const { frames, segments } = readSegmentationFile(
      encodeSegmentation(masks(empty(d0!), [1, 2]), sourceOf(d0!)),
    );
    expect(frames).toHaveLength(1);
    expect(frames[0]!.pixels.every((pixel) => pixel === 0)).toBe(true);
    expect(segments.map((segment) => segment.string("x00620005"))).toEqual(["part 1", "part 2"]);
  });

  it("fractions are the confidence where the label is, and 0 elsewhere", () => {
    const voxels = empty(d0!);
    voxels.set([1, 1, 0, 2], 0);
    const confidence = new Float32Array(voxels.length).fill(0.9);
    confidence.set([1, 0.001, 0.5], 0);
    const { frames, dataSet } = readSegmentationFile(
      encodeSegmentation({ ...masks(voxels), confidence }, sourceOf(d0!)),
    );
    expect([...frames[0]!.pixels.subarray(0, 5)]).toEqual([255, 1, 0, 0, 0]);
    expect(dataSet.string("x00620001")).toBe("FRACTIONAL");
    expect(dataSet.uint16("x0062000e")).toBe(255);
  });
});

describe("says", () => {
  const bytes = encodeSegmentation(masks(empty(reversed!).fill(1)), sourceOf(reversed!));
  const { dataSet, segments } = readSegmentationFile(bytes);

  it("which instances it was made from, each once", () => {
    const [series] = itemsOf(dataSet, "x00081115");
    expect(series!.string("x0020000e")).toBe(sourceOf(reversed!).seriesInstanceUid);
    expect(itemsOf(series!, "x0008114a").map((item) => item.string("x00081155"))).toEqual(
      sourceOf(reversed!).slices.map(({ sopInstanceUid }) => sopInstanceUid),
    );
    const whole = readSegmentationFile(
      encodeSegmentation(masks(empty(enhanced!).fill(1)), sourceOf(enhanced!)),
    );
    expect(itemsOf(itemsOf(whole.dataSet, "x00081115")[0]!, "x0008114a")).toHaveLength(1);
  });

  it("what made it, and how far to trust it", () => {
    const [segment] = segments;
    expect(segment!.string("x00620008")).toBe("AUTOMATIC");
    expect(segment!.string("x00620009")).toBe("phantoms");
    expect(segment!.string("x00620006")).toBe("FOREIGN IMAGE: p = 0.010.");
    const [algorithm] = itemsOf(segment!, "x00620007");
    expect([algorithm!.string("x00660036"), algorithm!.string("x00660031")]).toEqual(["phantoms", "1.2"]);
    expect(dataSet.string("x0008103e")).toBe("Segmentation: FOREIGN IMAGE");
    expect(dataSet.string("x00181020")).toBe("1.2");
  });

  it("whether segments overlap", () => {
    const [one, other] = [empty(d0!), empty(d0!)];
    one[7] = 1;
    other[8] = 1;
    const overlapIn = (): string | undefined => {
      const {
        segments: [segment],
        ...rest
      } = masks(one);
      const both = [segment!, { ...segment!, voxels: other }];
      return readSegmentationFile(
        encodeSegmentation({ ...rest, segments: both }, sourceOf(d0!)),
      ).dataSet.string("x00620013");
    };
    expect(overlapIn()).toBe("NO");
    other[7] = 1;
    expect(overlapIn()).toBe("YES");
  });

  it("new identifiers each time: 2.25 and a random UUID", () => {
    const uids = [1, 2].flatMap(() => {
      const made = readSegmentationFile(encodeSegmentation(masks(empty(d0!)), sourceOf(d0!))).dataSet;
      return ["x0020000e", "x00080018"].map((tag) => made.string(tag)!);
    });
    expect(new Set(uids).size).toBe(4);
    for (const uid of uids) {
      expect(uid).toMatch(/^2\.25\.[1-9]\d{20,38}$/);
      // Version 4 of RFC 9562, variant 10.
      const hexadecimal = BigInt(uid.slice(5)).toString(16).padStart(32, "0");
      expect(hexadecimal).toMatch(/^.{12}4.{3}[89ab].{15}$/);
    }
  });

  it("a side and a place of what is no organ itself", () => {
    const segment = (label: string) => ({ label, names: [label], voxels: empty(d0!), value: 1 });
    const { segments: read } = readSegmentationFile(
      encodeSegmentation(
        { ...masks(empty(d0!)), segments: [segment("kidney_left"), segment("tumour of the right lung")] },
        sourceOf(d0!),
      ),
    );
    expect(codeIn(read[0]!, "x0062000f")).toBe("64033007 Kidney");
    expect(codeIn(itemsOf(read[0]!, "x0062000f")[0]!, "x00620011")).toBe("7771000 Left");
    expect(codeIn(read[1]!, "x00620003")).toBe("49755003 Morphologically Abnormal Structure");
    expect(codeIn(read[1]!, "x0062000f")).toBe("108369006 Neoplasm");
    expect(codeIn(read[1]!, "x00082218")).toBe("39607008 Lung");
    expect(codeIn(itemsOf(read[1]!, "x00082218")[0]!, "x00082220")).toBe("24028007 Right");
  });

  it("no frame of reference where the series has none", () => {
    const { identity, ...fields } = sourceOf(d0!);
    const without = identity.filter(({ tag }) => tag !== 0x00200052 && tag !== 0x00201040);
    const made = encodeSegmentation(masks(empty(d0!)), {
      ...fields,
      frameOfReferenceUid: undefined,
      identity: without,
    });
    const { elements } = readSegmentationFile(made).dataSet;
    expect(elements.x00200052).toBeUndefined();
    expect(elements.x00201040).toBeUndefined();
  });
});

describe("patient and study", () => {
  const element = (tag: number, vr: string, bytes: Uint8Array): DicomElement => ({ tag, vr, bytes });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const latin1 = (value: string): Uint8Array => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
  const withIdentity = (identity: readonly DicomElement[], label = "Größe 肝") => {
    const study = element(0x0020000d, "UI", text("1.2.3\0"));
    const source = { ...sourceOf(d0!), identity: [...identity, study] };
    const [segment] = masks(empty(d0!)).segments;
    return readSegmentationFile(
      encodeSegmentation({ ...masks(empty(d0!)), segments: [{ ...segment!, label }] }, source),
    );
  };
  const labelIn = ({ segments }: ReturnType<typeof withIdentity>): Uint8Array =>
    bytesIn(segments[0]!, "x00620005")!;

  it("are those of the series, byte for byte, whatever the character set", () => {
    const japanese = Uint8Array.of(0xd4, 0xcf, 0xc0, 0xde, 0x5e, 0xc0, 0xdb, 0xb3);
    const { dataSet } = withIdentity([
      element(0x00080005, "CS", text("ISO_IR 13 ")),
      element(0x00100010, "PN", japanese),
      element(0x00100020, "LO", text(" 77 ")),
    ]);
    expect(bytesIn(dataSet, "x00100010")).toEqual(japanese);
    expect(bytesIn(dataSet, "x00100020")).toEqual(text(" 77 "));
    expect(bytesIn(dataSet, "x00080005")).toEqual(text("ISO_IR 13 "));
  });

  it("our own text is in their character set, as far as that has its letters", () => {
    const set = (name: string): DicomElement => element(0x00080005, "CS", text(name));
    expect(labelIn(withIdentity([set("ISO_IR 192")]))).toEqual(text("Größe 肝 "));
    expect(labelIn(withIdentity([set("ISO_IR 100")]))).toEqual(latin1("Größe ?\x20"));
    expect(labelIn(withIdentity([set("GB18030 ")]))).toEqual(text("Gro?e ? "));
    const unstated = withIdentity([]);
    expect(labelIn(unstated)).toEqual(text("Größe 肝 "));
    expect(unstated.dataSet.string("x00080005")).toBe("ISO_IR 192");
    const undeclared = withIdentity([element(0x00100010, "PN", latin1("Müller"))]);
    expect(labelIn(undeclared)).toEqual(text("Gro?e ? "));
    expect(undeclared.dataSet.elements.x00080005).toBeUndefined();
  });

  it("what must be there is there, without a value where the series has none", () => {
    const { dataSet } = withIdentity([]);
    for (const tag of ["x00080020", "x00080050", "x00100010", "x00100020", "x00100030", "x00100040"])
      expect(dataSet.elements[tag]?.length).toBe(0);
  });

  it("long values of files that state no representation stay whole", () => {
    const comments = new Uint8Array(70_000).fill(0x41);
    expect(bytesIn(withIdentity([element(0x00104000, "LT", comments)]).dataSet, "x00104000")).toEqual(
      comments,
    );
  });

  it("loss of compression is said on", () => {
    expect(
      readSegmentationFile(encodeSegmentation(masks(empty(d0!)), sourceOf(d0!))).dataSet.string("x00282110"),
    ).toBe("00");
    const lossyCompression = [
      element(0x00282110, "CS", text("01")),
      element(0x00282112, "DS", text("12.5")),
      element(0x00282114, "CS", text("ISO_10918_1 ")),
    ];
    const { dataSet } = readSegmentationFile(
      encodeSegmentation(masks(empty(d0!)), { ...sourceOf(d0!), lossyCompression }),
    );
    expect(["x00282110", "x00282112", "x00282114"].map((tag) => dataSet.string(tag))).toEqual([
      "01",
      "12.5",
      "ISO_10918_1",
    ]);
    expect(lossyCompressionOf(dataSet)).toEqual(lossyCompression);
  });

  it("times are those of the offset from UTC that the files state", () => {
    const made = (offset: string): string => {
      const identity = [element(0x00080201, "SH", text(offset))];
      const { dataSet } = readSegmentationFile(
        encodeSegmentation(
          masks(empty(d0!)),
          { ...sourceOf(d0!), identity },
          { now: new Date("2021-12-31T23:30:05Z"), newUid: () => "2.25.1" },
        ),
      );
      return `${dataSet.string("x00080023")} ${dataSet.string("x00080033")}`;
    };
    expect(made("+0530 ")).toBe("20220101 050005");
    expect(made("-0800 ")).toBe("20211231 153005");
  });
});

it("refuses voxels that are not on the grid of the series", () => {
  expect(() => encodeSegmentation(masks(new Uint8Array(5)), sourceOf(d0!))).toThrow(RangeError);
});

it("refuses by name what is more than a file can hold, before memory is taken", () => {
  const source = {
    ...sourceOf(d0!),
    rows: 1 << 15,
    columns: 1 << 16,
    slices: sourceOf(d0!).slices.slice(0, 2),
  };
  // Stands in for four thousand million voxels.
  const voxels = { length: 2 ** 32, subarray: () => Uint8Array.of(1) } as unknown as Uint8Array;
  const confidence = { length: 2 ** 32 } as unknown as Float32Array;
  const huge = { ...masks(voxels), name: "folder/series", confidence };
  expect(() => encodeSegmentation(huge, source)).toThrow(
    /^folder\/series: found .* of 4 GiB, expected at most 2 GiB/,
  );
});
