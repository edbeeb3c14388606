/** `sureseg predict` on real bytes: what it says, what it refuses to lose, and one bad image among good ones. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import dicomParser, { type DataSet } from "dicom-parser";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { readVolumeFile } from "../../src/dataset/index.js";
import type { Plan } from "../../src/run/plan.js";
import { type DicomSeriesSource, readVolume, writeVolume } from "../../src/sources/index.js";
import { sameFileGrid, type Volume } from "../../src/volume/index.js";
import { bytesIn, codeIn, readSegmentationFile } from "../segmentation-file.js";
import { type Outcome, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const bundle = join(folder, "run", "bundle");
const phantom = (name: string): string =>
  join(folder, "data", "phantom_liver_ct", "imagesTr", `${name}.nii.gz`);
const predict = (...args: string[]): Promise<Outcome> =>
  sureseg("predict", bundle, "--modality", "CT", "--quiet", ...args);

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("verdicts", () => {
  it("trusts an image that the network was trained on: status 0, and says which bundle spoke", async () => {
    const plan = JSON.parse(readFileSync(join(folder, "run", "plan.json"), "utf8")) as Plan;
    const own = plan.datasets.find((dataset) => dataset.name === "phantom_liver_ct")!;
    const name = own.cases.find(({ part }) => part === "train")!.id;
    const { status, stdout, stderr } = await predict(phantom(name), "--out", "known");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/: trusted, p = /);
    expect(status).toBe(0);
    const verdict = JSON.parse(readFileSync(join(folder, "known", `${name}_verdict.json`), "utf8"));
    expect(verdict.foreign).toBe(false);
    const manifest = readFileSync(join(bundle, "manifest.json"));
    const fingerprint = createHash("sha256").update(manifest).digest("hex");
    const card = JSON.parse(readFileSync(join(bundle, "card.json"), "utf8"));
    expect(verdict.bundle).toEqual({ name: "tiny", version: card.version, fingerprint });
  });

  it("calls noise foreign: status 3, and the mask is written all the same", async () => {
    const volume = await readVolume(readFileSync(phantom("case_01")), "case_01");
    const random = new Random(1);
    const noise = join(folder, "noise.nii.gz");
    const data = Float32Array.from(volume.data, () => 300 * random.normal());
    writeFileSync(noise, await writeVolume({ ...volume, data }, noise));
    const { status, stdout } = await predict(noise, "--out", "strange", "--json");
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ image: noise, foreign: true });
    expect(existsSync(join(folder, "strange", "noise_mask.nii.gz"))).toBe(true);
  });
});

describe("NRRD and MetaImage", () => {
  /** The phantom in another format, its voxels in a file of their own. */
  const headers = {
    nrrd: (image: Volume) =>
      [
        "NRRD0004",
        "type: float",
        "dimension: 3",
        "space: RAS",
        `sizes: ${image.shape.join(" ")}`,
        `space directions: ${[0, 1, 2].map((axis) => `(${[0, 4, 8].map((row) => image.affine[row + axis]).join(",")})`).join(" ")}`,
        `space origin: (${[3, 7, 11].map((at) => image.affine[at]).join(",")})`,
        "endian: little",
        "encoding: raw",
        "data file: apart.raw",
      ].join("\n"),
  };

  it("an image in either gives the mask of its NIfTI twin, in the format that programs expect beside it", async () => {
    const image = await readVolume(readFileSync(phantom("case_01")), "case_01");
    const whole = { ...image, data: Float32Array.from(image.data) };
    writeFileSync(join(folder, "twin.nii"), await writeVolume(whole, "twin.nii"));
    writeFileSync(join(folder, "twin.mha"), await writeVolume(whole, "twin.mha"));
    writeFileSync(join(folder, "apart.raw"), new Uint8Array(whole.data.buffer));
    writeFileSync(join(folder, "twin.nhdr"), headers.nrrd(image));
    const masks = [];
    for (const [file, ending] of [
      ["twin.nii", ".nii.gz"],
      ["twin.mha", ".mha"],
      ["twin.nhdr", ".nrrd"],
    ] as const) {
      const { status, stderr } = await predict(join(folder, file), "--out", `in-${file}`);
      expect([0, 3], stderr).toContain(status);
      for (const kind of ["mask", "confidence"])
        expect(existsSync(join(folder, `in-${file}`, `twin_${kind}${ending}`))).toBe(true);
      const path = join(folder, `in-${file}`, `twin_mask${ending}`);
      masks.push(await readVolumeFile(path));
    }
    for (const mask of masks) {
      expect(mask.data).toEqual(masks[0]!.data);
      expect(sameFileGrid(mask, image)).toBe(true);
    }
    const asked = await predict(join(folder, "twin.nhdr"), "--out", "asked", "--format", "nifti");
    expect([0, 3], asked.stderr).toContain(asked.status);
    expect(existsSync(join(folder, "asked", "twin_mask.nii.gz"))).toBe(true);
  });

  it("a header without its voxels is the file's fault, by name", async () => {
    writeFileSync(join(folder, "lonely.nhdr"), "NRRD0004\ntype: float\ndata file: gone.raw\n");
    const { status, stderr } = await predict(join(folder, "lonely.nhdr"), "--out", "lonely");
    expect(status).toBe(1);
    expect(stderr).toMatch(/gone\.raw: found no such file/);
  });
});

describe("guard check", () => {
  const verdictsOf = ({ stdout }: Outcome): unknown[] =>
    stdout
      .trim()
      .split("\n")
      .map((line) => {
        const { image, mask, ...verdict } = JSON.parse(line);
        return verdict;
      });

  it("gives the verdicts of predict, the same exit status, and writes nothing", async () => {
    const images = ["case_01", "case_02"].map(phantom);
    const before = readdirSync(folder);
    const checked = await sureseg(
      "guard",
      "check",
      bundle,
      ...images,
      "--modality",
      "CT",
      "--json",
      "--quiet",
    );
    expect(checked.stderr).toBe("");
    expect(readdirSync(folder)).toEqual(before);
    const predicted = await predict(...images, "--out", "checked", "--json");
    expect(checked.status).toBe(predicted.status);
    expect(verdictsOf(checked)).toEqual(verdictsOf(predicted));
    expect(verdictsOf(checked)).toHaveLength(2);
  });

  it("takes a DICOM series, and goes on after a file that it cannot read", async () => {
    const bad = join(folder, "unreadable.nii");
    writeFileSync(bad, "not an image");
    const series = join(import.meta.dirname, "../oracle/fixtures/dicom/d0.zip");
    const { status, stdout, stderr } = await sureseg("guard", "check", bundle, bad, series, "--quiet");
    expect(status).toBe(1);
    expect(stderr).toMatch(/unreadable\.nii/);
    expect(stderr).toContain("1 of 2 images could not be used.");
    expect(stdout).toMatch(/d0\.zip: (trusted|FOREIGN \(.+\)), p = /);
  });
});

it("mirrors along the axes that training mirrored, and along no other", async () => {
  const refused = await predict(phantom("case_01"), "--out", "mirrored", "--flips", "2");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/--flips: found 2 mirrored copies, expected at most 1: .* left-right alone/);
  expect(existsSync(join(folder, "mirrored"))).toBe(false);
});

it("warns where an image is of another size than any training image: a unit that is wrong", async () => {
  const bytes = Uint8Array.from(gunzipSync(readFileSync(phantom("case_01"))));
  // Metres in place of millimetres.
  bytes[123] = 1;
  const image = join(folder, "metres.nii");
  writeFileSync(image, bytes);
  const { status, stderr, stdout } = await predict(image, "--out", "metres", "--json");
  expect([0, 3]).toContain(status);
  expect(stderr).toMatch(/warning: .*metres\.nii: /);
  expect(JSON.parse(stdout).warnings).toHaveLength(1);
});

describe("where results lie", () => {
  /** The phantom with a header of which some bytes are others. */
  const withHeader = (name: string, change: (view: DataView) => void): string => {
    const bytes = Uint8Array.from(gunzipSync(readFileSync(phantom("case_01"))));
    change(new DataView(bytes.buffer));
    const path = join(folder, `${name}.nii`);
    writeFileSync(path, bytes);
    return path;
  };
  const place = (path: string): Buffer => {
    const raw = readFileSync(path);
    const bytes = raw[0] === 0x1f ? gunzipSync(raw) : raw;
    const ranges = [
      [42, 48],
      [76, 92],
      [123, 124],
      [252, 328],
    ] as const;
    return Buffer.concat(ranges.map(([from, to]) => bytes.subarray(from, to)));
  };

  it.each<[string, (view: DataView) => void, RegExp]>([
    ["moved", (view) => view.setFloat32(292, 1000, true), /sform .* and its qform .* mm apart/],
    [
      "nowhere",
      (view) => {
        view.setInt16(252, 0, true);
        view.setInt16(254, 0, true);
      },
      /does not say where it lies/,
    ],
  ])("%s: in the very fields of the image, and what is unsure is said", async (name, change, warning) => {
    const image = withHeader(name, change);
    const { status, stderr, stdout } = await predict(image, "--out", "places", "--json");
    expect([0, 3]).toContain(status);
    expect(stderr).toMatch(/^warning: .*\.nii: /);
    expect(stderr).toMatch(warning);
    expect(JSON.parse(stdout).warnings).toEqual([expect.stringMatching(warning)]);
    for (const what of ["mask", "confidence"])
      expect(place(join(folder, "places", `${name}_${what}.nii.gz`)).equals(place(image))).toBe(true);
  });
});

describe("nothing is lost", () => {
  it("a mask drawn by hand beside the image is not replaced unless asked", async () => {
    const image = join(folder, "x.nii.gz");
    const drawn = join(folder, "x_mask.nii.gz");
    copyFileSync(phantom("case_01"), image);
    writeFileSync(drawn, "drawn by hand");
    const refused = await predict(image);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/x_mask\.nii\.gz: found a file that is there already.*--overwrite/s);
    expect(readFileSync(drawn, "utf8")).toBe("drawn by hand");
    expect(existsSync(join(folder, "x_verdict.json"))).toBe(false);
    const replaced = await predict(image, "--overwrite");
    expect([0, 3]).toContain(replaced.status);
    expect(readFileSync(drawn).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it("no result replaces an image of the same call, even when asked to overwrite", async () => {
    const [image, other] = [join(folder, "y.nii.gz"), join(folder, "y_mask.nii.gz")];
    copyFileSync(phantom("case_01"), image);
    copyFileSync(phantom("case_02"), other);
    const { status, stderr } = await predict(image, other, "--overwrite");
    expect(status).toBe(1);
    expect(stderr).toMatch(/y_mask\.nii\.gz: found one of the images to predict/);
    expect(readFileSync(other).equals(readFileSync(phantom("case_02")))).toBe(true);
    expect(existsSync(join(folder, "y_verdict.json"))).toBe(false);
  });

  it("one damaged image among three: the others are predicted, and all is said", async () => {
    const damaged = join(folder, "damaged.nii.gz");
    writeFileSync(damaged, readFileSync(phantom("case_02")).subarray(0, 300));
    const images = [phantom("case_01"), damaged, phantom("case_03")];
    const { status, stdout, stderr } = await predict(...images, "--out", "three");
    expect(status).toBe(1);
    expect(stderr).toMatch(/error: .*damaged\.nii\.gz/);
    expect(stderr).toContain("1 of 3 images could not be used.");
    expect(stdout.trim().split("\n")).toHaveLength(2);
    for (const name of ["case_01", "case_03"])
      expect(existsSync(join(folder, "three", `${name}_mask.nii.gz`))).toBe(true);
    expect(existsSync(join(folder, "three", "damaged_verdict.json"))).toBe(false);
  });
});

describe("DICOM series", () => {
  const fixture = (name: string): string =>
    join(import.meta.dirname, "../oracle/fixtures/dicom", `${name}.zip`);
  const unpacked = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    for (const [file, bytes] of Object.entries(unzipSync(readFileSync(fixture(name)))))
      writeFileSync(join(path, file), bytes);
    return path;
  };
  const predictSeries = (...args: string[]): Promise<Outcome> =>
    sureseg("predict", bundle, "--quiet", ...args);

  it("a folder and a zip give one mask, on the grid of the series, and nobody says that it is CT", async () => {
    const path = unpacked("d0");
    const { status, stdout, stderr } = await predictSeries(path, "--out", "series", "--json");
    expect([0, 3], stderr).toContain(status);
    expect(JSON.parse(stdout)).toMatchObject({ image: path, warnings: [] });
    const image = await readVolumeFile(path);
    const mask = readFileSync(join(folder, "series", "d0_mask.nii.gz"));
    const read = await readVolume(mask, "mask");
    expect(read.shape).toEqual(image.shape);
    expect(sameFileGrid(read, image)).toBe(true);
    const zipped = await predictSeries(fixture("d0"), "--out", "zipped");
    expect(zipped.status).toBe(status);
    expect((await readVolume(readFileSync(join(folder, "zipped", "d0_mask.nii.gz")), "mask")).data).toEqual(
      read.data,
    );
  });

  it("a modality that contradicts the files is refused", async () => {
    const { status, stderr } = await predictSeries(
      fixture("d0"),
      "--modality",
      "MR",
      "--out",
      "contradicted",
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/d0\.zip: found a series that says it is CT, expected MR/);
  });

  it("of two series one must be chosen", async () => {
    const refused = await predictSeries(fixture("two-series"), "--out", "chosen");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/found 2 volumes \(1: CT.*; 2: MR.*--series/);
    const chosen = await predictSeries(fixture("two-series"), "--series", "2", "--out", "chosen");
    expect([0, 3], chosen.stderr).toContain(chosen.status);
  });

  it("results as DICOM segmentations: the voxels of the NIfTI mask, on the slices of the series", async () => {
    const { status, stderr } = await predictSeries(
      fixture("d0"),
      "--format",
      "dicom-seg",
      "--flips",
      "1",
      "--out",
      "seg",
    );
    expect([0, 3], stderr).toContain(status);
    expect(readdirSync(join(folder, "seg")).sort()).toEqual([
      "d0_confidence.dcm",
      "d0_entropy.nii.gz",
      "d0_mask.dcm",
      "d0_mutual-information.nii.gz",
      "d0_verdict.json",
    ]);
    await predictSeries(fixture("d0"), "--out", "same-as-nifti");
    const nifti = async (what: string): Promise<Volume> =>
      readVolume(readFileSync(join(folder, "same-as-nifti", `d0_${what}.nii.gz`)), what);
    const [mask, confidence] = [await nifti("mask"), await nifti("confidence")];
    const series = await readVolumeFile(fixture("d0"));
    const { slices } = series.source.fields as DicomSeriesSource;
    const perSlice = mask.shape[0] * mask.shape[1];
    for (const what of ["mask", "confidence"]) {
      const read = readSegmentationFile(readFileSync(join(folder, "seg", `d0_${what}.dcm`)));
      const found = new Uint8Array(mask.data.length);
      for (const { segment, sopInstanceUid, position, pixels } of read.frames) {
        expect(segment).toBe(1);
        const slice = slices.findIndex((one) => one.sopInstanceUid === sopInstanceUid);
        expect(position).toEqual(slices[slice]!.position);
        found.set(pixels, slice * perSlice);
      }
      const wanted = Uint8Array.from(mask.data, (label, at) =>
        what === "mask" ? label : label === 0 ? 0 : Math.round(255 * confidence.data[at]!),
      );
      expect(found).toEqual(wanted);
      const verdict =
        status === 3 ? /^FOREIGN IMAGE, unlike .*\(p = 0\.\d+/ : /^Trusted image, like .*\(p = \d\.\d+/;
      expect(read.segments).toHaveLength(1);
      expect(read.segments[0]!.string("x00620005")).toBe("liver or kidneys");
      expect(read.segments[0]!.string("x00620006")).toMatch(verdict);
      expect(read.segments[0]!.string("x00620009")).toBe("tiny");
      expect(codeIn(read.segments[0]!, "x0062000f")).toBe("91772007 Organ");
      expect(read.dataSet.string("x0008103e")).toContain(status === 3 ? "FOREIGN IMAGE" : "trusted image");
    }
  });

  it("a DICOM segmentation of what is no DICOM is refused in a sentence, and nothing is written", async () => {
    const { status, stderr } = await predict(phantom("case_01"), "--format", "dicom-seg", "--out", "refused");
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(
      /^error: .*case_01\.nii\.gz: found an image in NIfTI.*, expected a DICOM series.*--format dicom-seg/,
    );
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, "refused"))).toBe(false);
  });

  it("of the patient a DICOM segmentation holds what its series does, and nothing else is said", async () => {
    const out = join(folder, "marked-seg");
    const { status, stdout, stderr } = await predictSeries(
      fixture("marked-whole"),
      "--format",
      "dicom-seg",
      "--out",
      out,
      "--json",
    );
    expect([0, 3], stderr).toContain(status);
    const marker = /QXMARKERQX|777777/;
    const verdict = readFileSync(join(out, "marked-whole_verdict.json"), "utf8");
    expect([stdout, stderr, verdict, ...readdirSync(out)].join("\n")).not.toMatch(marker);
    const [file] = Object.values(unzipSync(readFileSync(fixture("marked-whole"))));
    const [series, made] = [file!, readFileSync(join(out, "marked-whole_mask.dcm"))].map((bytes) =>
      dicomParser.parseDicom(Uint8Array.from(bytes)),
    );
    const markedIn = (dataSet: DataSet): string[] =>
      Object.keys(dataSet.elements).filter((tag) => {
        const { items, vr } = dataSet.elements[tag]!;
        return items === undefined && vr !== "OB" && marker.test(dataSet.string(tag) ?? "");
      });
    // Identifiers of the study and of the frame of reference are marked too.
    const copied = markedIn(made!);
    expect(copied).toEqual(expect.arrayContaining(["x00100010", "x00100020", "x0020000d"]));
    for (const tag of copied) expect(bytesIn(made!, tag)).toEqual(bytesIn(series!, tag));
    expect(copied).not.toContain("x0020000e");
    expect(made!.string("x00100010")).toMatch(marker);
  });

  it.each(["whole", "missing", "series"])("nothing of the patient is said or written: %s", async (what) => {
    const out = join(folder, `marked-${what}`);
    const { stdout, stderr } = await predictSeries(fixture(`marked-${what}`), "--out", out, "--json");
    expect(`${stdout}${stderr}`.length).toBeGreaterThan(50);
    const written = existsSync(out) ? readdirSync(out).map((name) => readFileSync(join(out, name))) : [];
    expect(written).toHaveLength(what === "whole" ? 3 : 0);
    const plain = written.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("latin1"));
    expect([stdout, stderr, ...plain].join("\n")).not.toMatch(/QXMARKERQX|777777/);
  });
});
