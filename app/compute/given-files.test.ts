import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { bundleFiles, imageFiles, isBundle } from "./given-files.js";
import type { Given } from "./protocol.js";

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

function given(name: string, contents: Readonly<Record<string, Uint8Array>>, folder: Given["folder"]): Given {
  const files = Object.entries(contents).map(([path, content]) => ({
    path,
    file: new File([content as Uint8Array<ArrayBuffer>], path.split("/").at(-1)!),
  }));
  return { name, files, folder };
}

const manifest = { format: "sureseg-bundle", version: 1, parts: [] };
const parts = { "manifest.json": bytes(JSON.stringify(manifest)), "model.onnx": bytes("network") };
const within = (folder: string) =>
  Object.fromEntries(Object.entries(parts).map(([name, content]) => [`${folder}/${name}`, content]));

describe("a bundle", () => {
  it.each([
    ["a folder", given("b", { ...within("b"), "b/notes.txt": bytes("x") }, true)],
    ["a folder within one", given("runs", within("runs/bundle"), true)],
    ["loose files", given("manifest.json", parts, false)],
    ["a zip of files", given("b.zip", { "b.zip": zipSync(parts) }, false)],
    ["a zip of a folder", given("b.zip", { "b.zip": zipSync(within("b")) }, false)],
  ])("is known as %s, with its parts alone", async (_, bundle) => {
    expect(await isBundle(bundle)).toBe(true);
    const files = await bundleFiles(bundle);
    expect(Object.keys(files).sort()).toEqual(["manifest.json", "model.onnx"]);
    expect(new TextDecoder().decode(files["model.onnx"])).toBe("network");
  });

  it("is no zip of slices, no damaged zip and no scan", async () => {
    const cut = zipSync(parts).subarray(0, 60);
    for (const [name, content] of [
      ["series.zip", zipSync({ "slice.dcm": bytes("x") })],
      ["cut.zip", cut],
      ["scan.nii", bytes("manifest.json")],
    ] as const) {
      expect(await isBundle(given(name, { [name]: content }, false)), name).toBe(false);
    }
  });
});

describe("a scan", () => {
  it("is a file, or the only volume among others", () => {
    const one = imageFiles(given("scan.nii.gz", { "scan.nii.gz": bytes("x") }, false));
    expect([one.folder, one.files[0]!.name]).toEqual([false, "scan.nii.gz"]);
    const among = imageFiles(given("p", { "p/readme.txt": bytes("x"), "p/scan.nrrd": bytes("y") }, true));
    expect([among.folder, among.files[0]!.name]).toEqual([false, "p/scan.nrrd"]);
  });

  it("is a series where no file is a volume", () => {
    const slices = { "s/1": bytes("x"), "s/2": bytes("y") };
    expect(imageFiles(given("s", slices, true))).toMatchObject({ folder: true, name: "s" });
    expect(imageFiles(given("1", { "1": bytes("x"), "2": bytes("y") }, false)).files).toHaveLength(2);
  });

  it("finds a header's voxels beside it, and says where they are missing", async () => {
    const both = imageFiles(given("a", { "d/a.mhd": bytes("h"), "d/a.raw": bytes("voxels") }, true));
    expect(new TextDecoder().decode(await both.beside!("a.raw").read())).toBe("voxels");
    const alone = imageFiles(given("a.mhd", { "a.mhd": bytes("h") }, false));
    expect(() => alone.beside!("a.raw")).toThrow(/found a header alone, expected the file a\.raw beside it/);
  });

  it("is refused where there are several", () => {
    const two = given("p", { "p/a.nii": bytes("x"), "p/b.nii": bytes("y") }, true);
    expect(() => imageFiles(two)).toThrow(/found 2 volumes, expected one scan/);
  });
});
