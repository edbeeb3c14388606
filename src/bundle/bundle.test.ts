import { describe, expect, it } from "vitest";
import { anyCases } from "../../test/any-evidence.js";
import { Random, UserError } from "../base/index.js";
import { fitGuard, poolCalibration } from "../ood/index.js";
import { preparationSchema } from "../preparation/index.js";
import { type BundleParts, openBundle, packBundle } from "./bundle.js";
import { type BundleFiles, bundleFileNames, MANIFEST, partNames, writeManifest } from "./manifest.js";

const parts: BundleParts = {
  model: Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 256),
  preparation: preparationSchema.parse({}),
  windows: {
    window: [64, 64, 64],
    overlap: 0.5,
    multipleOf: [8, 8, 8],
    fixedSize: false,
    padding: "reflect",
  },
  labels: {
    labelMode: "shared",
    organs: ["liver", "heart"],
    outputChannels: 1,
    activation: "sigmoid",
    inputChannels: ["image"],
    modalities: ["CT", "MR"],
  },
  calibration: { temperature: 1.25, images: 12, nllBefore: 0.2, nllAfter: 0.1 },
  guard: fitGuard(anyCases(new Random(1), 20), { threshold: { rule: "conformal", alpha: 0.05 } }),
  card: {
    name: "Two organs",
    version: "1",
    summary: "Segments the liver in CT and the heart in MRI.",
    intendedUse: "Research.",
    limitations: "Not for diagnosis.",
    licence: "CC-BY-4.0",
    data: [
      { dataset: "a|b", organ: "liver", modality: "CT", images: 20, licence: "CC0", source: "two\nlines" },
    ],
    metrics: [
      { dataset: "a", metric: "Dice", value: 0.91234, images: 5, low: 0.9, high: 0.92 },
      { dataset: "a", metric: "HD95 (mm)", value: null, images: 0 },
    ],
    training: [{ name: "seed", value: 1 }],
  },
};

const files = await packBundle(parts);

/** The bundle with one part replaced, under a manifest that says so. */
async function forged(name: string, change: (text: string) => string): Promise<BundleFiles> {
  const text = change(new TextDecoder().decode(files[name]));
  const changed = { ...files, [name]: new TextEncoder().encode(text) };
  const manifest = await writeManifest(changed, 1);
  return { ...changed, [MANIFEST]: new TextEncoder().encode(manifest) };
}

const edited = (name: string, change: (text: string) => string): BundleFiles => ({
  ...files,
  [name]: new TextEncoder().encode(change(new TextDecoder().decode(files[name]))),
});

describe("bundle", () => {
  it("opens to what was packed", async () => {
    const { cardText, fingerprint, ...opened } = await openBundle(files);
    expect(opened).toEqual(parts);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(cardText).toContain("| a\\|b | liver | CT | 20 |  | CC0 | two lines |");
    expect(cardText).toContain("| a | Dice | 0.9123 | 0.9 to 0.92 | 5 |");
    expect(cardText).toContain("false-alarm rate at most 0.05");
  });

  describe("of an ensemble", () => {
    const guards = poolCalibration([parts.guard, parts.guard], { rule: "max" });
    const ensemble: BundleParts = {
      ...parts,
      guard: guards[0]!,
      further: [{ model: Uint8Array.of(1, 2, 3), calibration: parts.calibration, guard: guards[1]! }],
    };

    it("opens to what was packed, under a version that earlier software refuses", async () => {
      const packed = await packBundle(ensemble);
      const { cardText: _, fingerprint: __, ...opened } = await openBundle(packed);
      expect(opened).toEqual(ensemble);
      expect(JSON.parse(new TextDecoder().decode(packed[MANIFEST]))).toMatchObject({
        version: 2,
        networks: 2,
      });
      expect(bundleFileNames(packed)).toEqual(
        expect.arrayContaining(["model-2.onnx", "calibration-2.json", "guard-2.json"]),
      );
    });

    it.each(["model-2.onnx", "calibration-2.json", "guard-2.json"])(
      "refuses an altered or lost %s",
      async (name) => {
        const packed = await packBundle(ensemble);
        const altered = { ...packed, [name]: packed[name]!.map((byte) => byte ^ 1) };
        await expect(openBundle(altered)).rejects.toThrow(`bundle, ${name}: found other content`);
        const { [name]: _, ...lost } = packed;
        await expect(openBundle(lost)).rejects.toThrow(`bundle, ${name}: found no such file`);
      },
    );

    it("refuses a manifest that names another number of networks than it has parts for", async () => {
      const packed = await packBundle(ensemble);
      const manifest = new TextDecoder().decode(packed[MANIFEST]);
      const claiming = (networks: number): BundleFiles => ({
        ...packed,
        [MANIFEST]: new TextEncoder().encode(manifest.replace('"networks": 2', `"networks": ${networks}`)),
      });
      await expect(openBundle(claiming(3))).rejects.toThrow("no entry for model-3.onnx");
      await expect(openBundle(claiming(1))).rejects.toThrow(UserError);
      await expect(openBundle(claiming(1e9))).rejects.toThrow(UserError);
    });
  });

  it.each(["lowest", "highest"] as const)(
    "says on its card that the temperature is the %s tried",
    async (atBound) => {
      const calibration = { ...parts.calibration, atBound };
      const opened = await openBundle(await packBundle({ ...parts, calibration }));
      expect(opened.calibration).toEqual(calibration);
      expect(opened.cardText).toContain(`the temperature 1.25 is the ${atBound} that was tried`);
      expect((await openBundle(files)).cardText).not.toContain("was tried");
    },
  );

  it("keeps the field of view of its training images, and opens without", async () => {
    const fieldOfView = [{ dataset: "a", smallest: [10, 20, 30] as const, largest: [11, 22, 33] as const }];
    const labels = JSON.parse(JSON.stringify({ ...parts.labels, fieldOfView }));
    expect((await openBundle(await packBundle({ ...parts, labels }))).labels.fieldOfView).toEqual(
      fieldOfView,
    );
    expect((await openBundle(files)).labels.fieldOfView).toBeUndefined();
  });

  it("packs the same parts to the same bytes, and any change to another fingerprint", async () => {
    expect(await packBundle(parts)).toEqual(files);
    const other = await packBundle({ ...parts, calibration: { ...parts.calibration, temperature: 1.26 } });
    expect((await openBundle(other)).fingerprint).not.toBe((await openBundle(files)).fingerprint);
  });

  it("reads one stride for all axes, as earlier versions wrote it, and a stride for each", async () => {
    const opened = async (multipleOf: unknown) => {
      const files = await forged("inference.json", (text) =>
        JSON.stringify({ ...JSON.parse(text), multipleOf }),
      );
      return (await openBundle(files)).windows.multipleOf;
    };
    expect(await opened(16)).toEqual([16, 16, 16]);
    expect(await opened([16, 16, 4])).toEqual([16, 16, 4]);
    await expect(opened([16, 16])).rejects.toThrow(/multipleOf/);
    await expect(opened(0)).rejects.toThrow(/multipleOf/);
  });

  it("reads bytes in shared memory, and leaves other files alone", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(1000));
    shared.set(parts.model);
    const opened = await openBundle({ ...files, "model.onnx": shared, "notes.txt": new Uint8Array(3) });
    expect(opened.labels.organs).toEqual(["liver", "heart"]);
  });

  it.each([...partNames, MANIFEST])("refuses a bundle without %s, and says so", async (name) => {
    const { [name]: _, ...others } = files;
    await expect(openBundle(others)).rejects.toThrow(UserError);
    await expect(openBundle(others)).rejects.toThrow(name);
  });

  it.each(partNames)("refuses an altered %s, and says so", async (name) => {
    const flipped = files[name]!.slice();
    flipped[flipped.length >> 1]! ^= 1;
    await expect(openBundle({ ...files, [name]: flipped })).rejects.toThrow(
      new RegExp(`bundle, ${name}: found other content`),
    );
    const short = files[name]!.slice(1);
    await expect(openBundle({ ...files, [name]: short })).rejects.toThrow(
      new RegExp(`bundle, ${name}: found ${short.length} bytes`),
    );
  });

  it.each<[string, BundleFiles | Promise<BundleFiles>, RegExp]>([
    [
      "another version",
      edited(MANIFEST, (text) => text.replace('"version": 1', '"version": 9')),
      /manifest.json: found format version 9, expected version 1/,
    ],
    ["another format", edited(MANIFEST, () => '{"format":"zip","version":1}'), /manifest.json, format/],
    ["a manifest cut off", edited(MANIFEST, (text) => text.slice(0, 50)), /not JSON/],
    ["a manifest of bytes", { ...files, [MANIFEST]: Uint8Array.of(255, 254) }, /not UTF-8/],
    ["a part twice", edited(MANIFEST, (text) => text.replace("card.md", "card.json")), /card.json twice/],
    [
      "a part from elsewhere",
      edited(MANIFEST, (text) => text.replace("card.md", "../card.md")),
      /parts.7.name/,
    ],
    ["no files", {}, /no files/],
    [
      "a guard of another version",
      forged("guard.json", (text) => text.replace('"version":1', '"version":3')),
      /bundle, guard.json: found format version 3/,
    ],
    [
      "a temperature of zero",
      forged("calibration.json", (text) => text.replace("1.25", "0")),
      /bundle, calibration.json, temperature/,
    ],
    [
      "an unknown field",
      forged("preparation.json", (text) => text.replace("{", '{"dataset":"liver",')),
      /bundle, preparation.json/,
    ],
    [
      "channels that do not suit the organs",
      forged("labels.json", (text) => text.replace("shared", "union")),
      /labels.json, outputChannels/,
    ],
    [
      "modalities for more channels than there are",
      forged("labels.json", (text) => text.replace('"MR"', '["MR","CT","PET"]')),
      /labels.json, modalities/,
    ],
  ])("refuses %s", async (_, given, message) => {
    const opening = openBundle(await given);
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(message);
  });

  it("refuses to pack what could not be opened", async () => {
    const calibration = { ...parts.calibration, temperature: Number.NaN };
    await expect(packBundle({ ...parts, calibration })).rejects.toThrow(/calibration.json, temperature/);
  });
});
