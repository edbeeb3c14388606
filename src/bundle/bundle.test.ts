import { describe, expect, it } from "vitest";
import { preparationSchema } from "../volume/index.js";
import { type Bundle, openBundle, packBundle } from "./bundle.js";

const bundle: Bundle = {
  network: Uint8Array.of(1, 2, 3),
  model: {
    organs: ["foreground"],
    labelMode: "shared",
    inputChannels: 1,
    modalities: ["MR"],
    window: [96, 96, 96],
    overlap: 0.5,
    stride: 4,
    temperature: 1.3,
  },
  preparation: preparationSchema.parse({}),
  guard: {
    version: 1,
    form: "per-voxel",
    layers: ["bottleneck"],
    training: [1, 2].map((index) => ({
      dataset: "d",
      case: `c${index}`,
      subject: `s${index}`,
      signatures: [[0.6, 0.8]],
    })),
    standardisation: [{ mean: 0.1, deviation: 0.2 }],
    calibration: { source: "held-out", measures: [0.5] },
    threshold: { kind: "max", limit: 0.5 },
  },
  card: { name: "test", created: "2026-01-01T00:00:00Z", intendedUse: "tests", licence: "none", data: [] },
};

describe("bundle", () => {
  it("comes back as it was packed", async () => {
    expect(await openBundle(await packBundle(bundle), "folder")).toEqual(bundle);
  });

  it.each([
    "model.onnx",
    "guard.json",
    "preparation.json",
    "model.json",
    "card.json",
    "card.md",
    "manifest.json",
  ])("without %s, or with it altered, is refused by its name", async (part) => {
    const { [part]: removed, ...rest } = await packBundle(bundle);
    await expect(openBundle(rest, "folder")).rejects.toThrow(`folder/${part}`);
    const altered = Uint8Array.from([...removed!, 32, 33]);
    await expect(openBundle({ ...rest, [part]: altered }, "folder")).rejects.toThrow(`folder/${part}`);
  });

  it("of another version is refused", async () => {
    const files = await packBundle(bundle);
    const manifest = JSON.parse(new TextDecoder().decode(files["manifest.json"]));
    const other = new TextEncoder().encode(JSON.stringify({ ...manifest, version: 99 }));
    await expect(openBundle({ ...files, "manifest.json": other }, "folder")).rejects.toThrow("version 99");
  });
});
