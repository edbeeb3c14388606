/** The library as programs use it, in Node and as the browser's entry: results, files, and one clear sentence for every hostile input. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as web from "../../src/library/web.js";
import * as node from "../../src/node/index.js";
import { readImage, readVolume } from "../../src/sources/index.js";
import { bundleFiles, bundleFolder, Phantoms } from "./bundle-of-phantoms.js";

const phantoms = new Phantoms();
const { liver } = phantoms;
const inFolder = (name: string): string => join(phantoms.folder, name);
let bundle: node.OpenBundle;
let prediction: node.Prediction;

beforeAll(async () => {
  await phantoms.make();
  bundle = await node.openBundle(bundleFolder, { threads: 1 });
  prediction = await node.predict(bundle, liver(), { modality: "CT" });
});
afterAll(async () => {
  await bundle.close();
  phantoms.remove();
});

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const fileOf = (name: string, bytes: Uint8Array): File => new File([bytes.slice().buffer], name);

/** What a program prints of an error: the class that users can mend, and one line. */
async function refusal(work: () => Promise<unknown>): Promise<string> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(node.UserError);
  const { message } = error as Error;
  expect(message).not.toContain("\n");
  return message;
}

describe("predict", () => {
  it("gives mask and confidence on the grid of the file, and the verdict of the bundle", async () => {
    const image = await readVolume(bytesOf(liver()), "image");
    expect(prediction.mask.shape).toEqual(image.shape);
    expect(prediction.mask.affine).toEqual(image.affine);
    expect(prediction.confidence.data).toHaveLength(image.data.length);
    expect(prediction.verdict).toMatchObject({ foreign: false, nearest: { dataset: "phantom_liver_ct" } });
    expect(prediction.verdict.measure).toBeCloseTo(-0.68696, 4);
    expect(prediction.bundle).toEqual({
      name: bundle.name,
      version: bundle.version,
      fingerprint: bundle.fingerprint,
    });
    expect(prediction.warnings).toEqual([]);
  });

  it("gives the same from bytes, from voxels, and in the entry for browsers", async () => {
    const { data, shape, affine, channels } = await readVolume(bytesOf(liver()), "image");
    const options = { modality: "CT" } as const;
    const inBrowser = await web.openBundle(bundleFiles(), { threads: 1 });
    const others = [
      await node.predict(bundle, bytesOf(liver()), options),
      await node.predict(bundle, { data, shape, affine, channels }, options),
      await web.predict(inBrowser, fileOf("case_01.nii.gz", bytesOf(liver())), options),
      await web.predict(inBrowser, [fileOf("case_01.nii.gz", bytesOf(liver()))], options),
    ];
    for (const other of others) {
      const apart = other.mask.data.filter((label, voxel) => label !== prediction.mask.data[voxel]).length;
      expect(apart).toBeLessThanOrEqual(1e-4 * other.mask.data.length);
      expect(other.verdict.measure).toBeCloseTo(prediction.verdict.measure, 3);
      expect(other.verdict.foreign).toBe(false);
    }
    expect(others.map(({ name }) => name)).toEqual(["image", "image", "case_01.nii.gz", "case_01.nii.gz"]);
    await inBrowser.close();
  });

  it("check says the same without a mask", async () => {
    const checked = await node.check(bundle, liver(), { modality: "CT", name: "mine" });
    expect(checked.name).toBe("mine");
    expect(checked.verdict).toEqual(prediction.verdict);
    expect("mask" in checked).toBe(false);
  });

  it("takes what nobody says for what the image is least foreign as, and warns", async () => {
    const { warnings, verdict } = await node.check(bundle, liver());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/taken for (CT|MR)/);
    const each = await Promise.all(
      (["CT", "MR"] as const).map((modality) => node.check(bundle, liver(), { modality })),
    );
    expect(verdict.measure).toBe(Math.min(...each.map((one) => one.verdict.measure)));
  });

  it("stops where it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(node.predict(bundle, liver(), { modality: "CT", signal })).rejects.toThrow("enough");
  });
});

describe("files of results", () => {
  it("are in the format of the image unless another is asked for, and hold the mask", async () => {
    for (const [format, name] of [
      [undefined, "mask.nii.gz"],
      ["nrrd", "mask.nrrd"],
      ["metaimage", "mask.mha"],
    ] as const) {
      const back = await readVolume(await node.encodeResult(bundle, prediction, "mask", format), name);
      expect(back.data).toEqual(prediction.mask.data);
    }
    const confidence = await node.encodeResult(bundle, prediction, "confidence");
    expect((await readVolume(confidence, "c.nii.gz")).data).toEqual(prediction.confidence.data);
  });

  it("are written as the command line writes them, and never over others unasked", async () => {
    const folder = inFolder("results");
    const written = await node.writePrediction(bundle, prediction, { folder });
    expect(written).toEqual({
      verdict: join(folder, "case_01_verdict.json"),
      mask: join(folder, "case_01_mask.nii.gz"),
      confidence: join(folder, "case_01_confidence.nii.gz"),
    });
    expect(JSON.parse(readFileSync(written.verdict, "utf8"))).toMatchObject({
      foreign: false,
      bundle: { fingerprint: bundle.fingerprint },
    });
    const again = (overwrite?: boolean) =>
      node.writePrediction(bundle, prediction, { folder, ...(overwrite && { overwrite }) });
    expect(await refusal(again)).toContain("found a file that is there already");
    await again(true);
  });

  it("are no DICOM segmentations where the image was none", async () => {
    expect(await refusal(() => node.encodeResult(bundle, prediction, "mask", "dicom-seg"))).toMatch(
      /case_01/,
    );
    const { data, shape, affine, channels } = await readVolume(bytesOf(liver()), "image");
    const voxels = await node.predict(bundle, { data, shape, affine, channels }, { modality: "CT" });
    expect(await refusal(() => node.encodeResult(bundle, voxels, "mask", "dicom-seg"))).toContain(
      "voxels without a file",
    );
  });
});

describe("DICOM", () => {
  const series = readFileSync(join(import.meta.dirname, "../oracle/fixtures/dicom/d0.zip"));

  it("says its modality itself, may not be overruled, and gets a segmentation that refers to it", async () => {
    const options = { name: "series.zip" };
    const { source } = await readImage({
      name: "series.zip",
      files: [{ name: "series.zip", read: async () => series }],
      folder: false,
    });
    const own = source.modality as "CT" | "MR";
    const predicted = await node.predict(bundle, new Uint8Array(series), options);
    expect(predicted.warnings.filter((warning) => warning.includes("taken for"))).toEqual([]);
    const segmentation = await node.encodeResult(bundle, predicted, "mask", "dicom-seg");
    expect(new TextDecoder().decode(segmentation.subarray(128, 132))).toBe("DICM");
    const modality = own === "CT" ? "MR" : "CT";
    expect(
      await refusal(() => node.predict(bundle, new Uint8Array(series), { ...options, modality })),
    ).toContain(`series.zip: found files that say ${own}, expected ${modality}`);
  });
});

describe("hostile input", () => {
  it.each(Object.keys(bundleFiles()).filter((name) => name !== "manifest.json"))(
    "a bundle whose %s was altered by a byte is refused by that name",
    async (name) => {
      const files = bundleFiles();
      files[name] = files[name]!.map((byte, at) => (at === 10 ? byte ^ 1 : byte));
      for (const { openBundle } of [node, web]) {
        expect(await refusal(() => openBundle(files))).toContain(`bundle, ${name}: found other content`);
      }
    },
  );

  it("a manifest that was altered anywhere opens to nothing else than it said", async () => {
    const files = bundleFiles();
    const manifest = files["manifest.json"]!;
    for (let at = 0; at < manifest.length; at += 37) {
      const altered = manifest.map((byte, index) => (index === at ? byte ^ 1 : byte));
      const work = () => web.openBundle({ ...files, "manifest.json": altered });
      await work().then(
        (opened) => opened.close(),
        (error: unknown) => expect(error).toBeInstanceOf(node.UserError),
      );
    }
  });

  it("a folder without a bundle, no file at all, and files of something else", async () => {
    expect(await refusal(() => node.openBundle(phantoms.folder))).toContain("a folder with manifest.json");
    expect(await refusal(() => web.openBundle([]))).toContain("a folder with manifest.json");
    expect(await refusal(() => web.predict(bundle, []))).toContain("found no file");
    expect(
      await refusal(() => web.predict(bundle, fileOf("letter.txt", bytesOf(import.meta.filename)))),
    ).toMatch(/^letter\.txt: found bytes of no known image format/);
    expect(await refusal(() => node.predict(bundle, inFolder("none.nii")))).toContain("no such file");
    expect(await refusal(() => node.predict(bundle, new Uint8Array()))).toContain("an empty file");
    expect(await refusal(() => node.predict(bundle, []))).toContain("found 0 images");
    expect(await refusal(() => node.predict(bundle, [liver(), inFolder("b.nii")]))).toContain(
      "found 2 images",
    );
  });

  it("files of gigabytes are refused by their size, before a byte is read", async () => {
    const huge = inFolder("huge.nii");
    writeFileSync(huge, "");
    truncateSync(huge, 6 * 2 ** 30);
    expect(await refusal(() => node.predict(bundle, huge))).toMatch(
      /huge\.nii: found a file of 6442450944 bytes/,
    );
    let read = false;
    const pretended = Object.defineProperties(fileOf("huge.nii", new Uint8Array(1)), {
      size: { value: 6 * 2 ** 30 },
      arrayBuffer: { value: () => (read = true) },
    });
    expect(await refusal(() => web.predict(bundle, pretended))).toContain(
      "huge.nii: found a file of 6442450944 bytes",
    );
    const part = Object.defineProperty(fileOf("model.onnx", new Uint8Array(1)), "size", { value: 2 ** 33 });
    expect(await refusal(() => web.openBundle([part]))).toContain(
      "model.onnx: found a file of 8589934592 bytes",
    );
    expect(read).toBe(false);
  });

  it("a small file that says it holds gigabytes, and one that is cut off", async () => {
    const cut = bytesOf(liver()).subarray(0, 2000);
    expect(await refusal(() => node.predict(bundle, cut, { name: "cut" }))).toMatch(/^cut: found /);
    const header = new Uint8Array(352);
    const view = new DataView(header.buffer);
    view.setInt32(0, 348, true);
    for (const [at, size] of [3, 30_000, 30_000, 30_000].entries()) view.setInt16(40 + 2 * at, size, true);
    view.setInt16(70, 16, true);
    view.setInt16(72, 32, true);
    view.setFloat32(108, 352, true);
    header.set([0x6e, 0x2b, 0x31, 0], 344);
    expect(await refusal(() => node.predict(bundle, header, { name: "liar" }))).toMatch(/^liar: found /);
  });

  it("voxels that do not fit their own grid or the bundle", async () => {
    const { data, shape, affine } = await readVolume(bytesOf(liver()), "image");
    const tried = (change: object) => () =>
      node.predict(bundle, { data, shape, affine, channels: 1, ...change }, { modality: "CT" });
    expect(await refusal(tried({ channels: 2 }))).toBe(
      "image: found 2 channels, expected 1. Give the image that the bundle is for, all its channels in one volume.",
    );
    expect(await refusal(tried({ data: data.subarray(1) }))).toContain("one for each voxel");
    expect(await refusal(tried({ affine: new Array(16).fill(0) }))).toContain("an affine that no grid has");
    expect(await refusal(tried({ shape: [0, 24, 20] }))).toContain("at least one voxel along each axis");
    expect(await refusal(tried({ shape: [1e5, 1e5, 1e5] }))).toContain("at most");
  });

  it("a bundle that was closed, which may be closed again", async () => {
    const closed = await web.openBundle(bundleFiles());
    await closed.close();
    await closed.close();
    expect(await refusal(() => web.check(closed, bytesOf(liver())))).toContain(
      "bundle: found one that was closed",
    );
  });

  it("a guard for a network that is none", async () => {
    const model = inFolder("none.onnx");
    writeFileSync(model, "not a model");
    const network: node.GuardFitOptions["network"] = {
      name: "n",
      modalities: ["CT"],
      organs: { liver: 1 },
      preparation: {},
    };
    const images = join(phantoms.folder, "phantom_liver_ct", "imagesTr");
    expect(existsSync(images)).toBe(true);
    const fitted = (changes: object) => () => node.fitGuard({ model, network, images, ...changes });
    expect(await refusal(fitted({}))).toContain("none.onnx");
    expect(await refusal(fitted({ network: { name: "n" } }))).toContain("modalities");
    expect(await refusal(fitted({ images: inFolder("empty") }))).toContain("empty");
  });
});
