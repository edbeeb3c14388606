import { unzipSync } from "fflate";
import { expect, it } from "vitest";
import { readVolume, type SourcedVolume, writeVolume } from "../../src/sources/index.js";
import { affineFromSpacing } from "../../src/volume/index.js";
import { packScan } from "./pack-scan.js";
import type { Given } from "./protocol.js";

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

const given = (folder: boolean, contents: Readonly<Record<string, Uint8Array>>): Given => ({
  name: "DOE",
  folder,
  files: Object.entries(contents).map(([path, content]) => ({
    path,
    file: new File([content as Uint8Array<ArrayBuffer>], path.split("/").at(-1)!),
  })),
});

const volume = {
  shape: [2, 2, 2],
  affine: affineFromSpacing([1, 1, 1]),
  channels: 1,
  data: Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8),
} as unknown as SourcedVolume;

it("packs the files of a series whole and in order, and none of their names", async () => {
  const series = { "DOE/JANE_1.dcm": Uint8Array.of(1, 2), "DOE/JANE_2.dcm": Uint8Array.of(3) };
  const file = await packScan(given(true, series), volume);
  const bytes = await bytesOf(file);
  expect(unzipSync(bytes)).toEqual({ "000001": Uint8Array.of(1, 2), "000002": Uint8Array.of(3) });
  expect(file.name + new TextDecoder("latin1").decode(bytes)).not.toMatch(/DOE|JANE/);
});

it("sends a single file as it is, by no name of its own", async () => {
  const nifti = await writeVolume(volume, "scan.nii");
  const file = await packScan(given(false, { "DOE_JANE.nii": nifti }), volume);
  expect(file.name).toBe("scan");
  expect(await bytesOf(file)).toEqual(new Uint8Array(nifti));
});

it("makes one file of a header and the voxels beside it", async () => {
  const both = given(false, { "a.mhd": new TextEncoder().encode("header"), "a.raw": Uint8Array.of(0) });
  const file = await packScan(both, volume);
  expect((await readVolume(await bytesOf(file), "scan.nii.gz")).data).toEqual(volume.data);
});
