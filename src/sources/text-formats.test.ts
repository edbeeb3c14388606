/** NRRD and MetaImage against ITK, voxel by voxel and in the patient, and what only such headers can get wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { expectClose } from "../../test/contracts/reference/gradient-check.js";
import { UserError } from "../base/index.js";
import { affineFromSpacing } from "../volume/index.js";
import { dataFileOf, type FilesBeside, readVolume, writeVolume } from "./index.js";

const folder = new URL("../../test/oracle/fixtures/formats", import.meta.url).pathname;
const { cases } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as {
  cases: { file: string; shape: number[]; channels: number; affine: number[]; data: number[] }[];
};
const read = (file: string): Buffer => readFileSync(join(folder, file));
const beside: FilesBeside = (name) => ({ name, read: async () => read(name) });

describe("against ITK", () => {
  it.each(cases)("$file", async ({ file, shape, channels, affine, data }) => {
    const volume = await readVolume(read(file), file, beside);
    expect(volume.shape).toEqual(shape);
    expect(volume.channels).toBe(channels);
    expectClose(volume.affine, affine, 1e-12);
    // Doubles are kept as floats: see `readVolume`.
    const kept = volume.data instanceof Float32Array ? data.map(Math.fround) : data;
    expect([...volume.data]).toEqual(kept);
  });

  it("says what a file leaves open, and nothing where it says all", async () => {
    const warningsOf = async (file: string) => (await readVolume(read(file), file, beside)).source.warnings;
    expect(await warningsOf("space-RAS.nrrd")).toEqual([]);
    expect(await warningsOf("by-hand.mha")).toEqual([]);
    expect(await warningsOf("spacings-alone.nrrd")).toEqual([
      expect.stringContaining("how its axes lie in the patient"),
    ]);
    expect(await warningsOf("position.mha")).toEqual([expect.stringContaining("how and where its axes lie")]);
  });
});

describe("a header and its voxels in two files", () => {
  it("names the file beside it, and none where the voxels follow", async () => {
    expect(await dataFileOf(read("detached-nhdr.nhdr"), "a")).toBe("detached-nhdr.raw");
    expect(await dataFileOf(read("detached-packed-mhd.mhd"), "a")).toBe("detached-packed-mhd.zraw");
    expect(await dataFileOf(read("notes.nrrd"), "a")).toBeUndefined();
    expect(await dataFileOf(read("by-hand.mha"), "a")).toBeUndefined();
  });

  it.each(["../own.raw", "/etc/passwd", "a/b.raw", "..", "a\\b.raw", "LIST", "slice%03d.raw 1 2 1"])(
    "never leaves the folder and takes one file alone: %s",
    async (stated) => {
      const text = {
        nhdr: read("detached-nhdr.nhdr").toString().replace("detached-nhdr.raw", stated),
        mhd: read("detached-mhd.mhd").toString().replace("detached-mhd.raw", stated),
      };
      const asked: string[] = [];
      const watched: FilesBeside = (name) => {
        asked.push(name);
        return beside(name);
      };
      for (const [kind, header] of Object.entries(text)) {
        const reading = readVolume(Buffer.from(header, "latin1"), `x.${kind}`, watched);
        await expect(reading).rejects.toThrow(UserError);
        await expect(reading).rejects.toThrow(
          /x\.(nhdr|mhd): found (a part of it that lies in another folder|a header whose voxels lie in many)/,
        );
      }
      expect(asked).toEqual([]);
    },
  );

  it.each(["detached-nhdr.nhdr", "detached-mhd.mhd"])("%s alone is refused", async (file) => {
    await expect(readVolume(read(file), file)).rejects.toThrow(/voxels lie in a file of their own/);
  });

  it.each(["detached-nhdr.nhdr", "detached-packed-mhd.mhd"])("%s with voxels cut off", async (file) => {
    const whole = read((await dataFileOf(read(file), file))!);
    for (let length = 0; length < whole.length; length++) {
      const cut: FilesBeside = (name) => ({ name, read: async () => whole.subarray(0, length) });
      await expect(readVolume(read(file), file, cut)).rejects.toThrow(UserError);
    }
  });
});

it("longs of eight bytes are told by the length of the file", async () => {
  const text = read("long.mha").toString("latin1");
  const header = text.slice(0, text.indexOf("LOCAL\n") + 6);
  const values = BigInt64Array.from({ length: 24 }, (_, at) => BigInt(at - 12));
  const bytes = Buffer.concat([Buffer.from(header, "latin1"), Buffer.from(values.buffer)]);
  expect([...(await readVolume(bytes, "x.mha")).data]).toEqual([...values].map(Number));
  await expect(readVolume(bytes.subarray(0, header.length + 95), "x.mha")).rejects.toThrow(UserError);
});

it.each([0, 3, 7])("bytes before the voxels inside gzip, and %d fewer than promised", async (fewer) => {
  for (const file of ["skip-inside-gzip.nrrd", "end-of-gzip.nrrd"]) {
    const bytes = read(file);
    const start = bytes.indexOf("\n\n") + 2;
    const cut = gunzipSync(bytes.subarray(start)).subarray(0, 52 - fewer * 2);
    const whole = Buffer.concat([bytes.subarray(0, start), gzipSync(cut)]);
    // The last voxels are what the file ends with: four bytes of junk stand in for the first that lack.
    if (fewer === 0 || (file === "end-of-gzip.nrrd" && fewer * 2 <= 4)) await readVolume(whole, file);
    else await expect(readVolume(whole, file)).rejects.toThrow(UserError);
  }
});

it("the units of a result are those of its three axes", async () => {
  const text = read("notes.nrrd").toString("latin1");
  const timed = text.replace("encoding:", 'space units: "mm" "mm" "mm" "s"\nencoding:');
  const { shape, affine, source } = await readVolume(Buffer.from(timed, "latin1"), "x.nrrd");
  expect(source.warnings).toEqual([]);
  const mask = { shape, affine, channels: 1, data: new Uint8Array(24) };
  const written = Buffer.from(await writeVolume(mask, "mask.nrrd", { like: source })).toString("latin1");
  expect(written).toMatch(/^space units: "mm" "mm" "mm"$/m);
});

describe("results", () => {
  it.each(["nrrd", "mha"])("keep the place of a .%s of another tool word by word", async (ending) => {
    for (const { file } of cases.filter((one) => one.file.endsWith(ending))) {
      const image = await readVolume(read(file), file);
      const data = new Uint8Array(image.data.length / image.channels).fill(1);
      const mask = { shape: image.shape, affine: image.affine, channels: 1, data };
      const bytes = await writeVolume(mask, `mask.${ending}`, { like: image.source });
      const back = await readVolume(bytes, "mask");
      expect(back.affine).toEqual(image.affine);
      expect(back.data).toEqual(mask.data);
      const header = Buffer.from(bytes).toString("latin1");
      for (const field of [/^space directions: .*$/m, /^space origin: .*$/m, /^Offset = .*$/m]) {
        const own = field.exec(read(file).toString("latin1"))?.[0];
        if (own === undefined || image.channels > 1) continue;
        expect(header).toContain(own.replace(/ {2,}/g, " "));
      }
    }
  });

  it("lie in the same place whichever format they are written in", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        for (const name of ["x.nrrd", "x.mha"]) {
          const back = await readVolume(await writeVolume(volume, name), name);
          expectClose(back.affine, volume.affine, 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });
});

it("nothing of a header is in an error", async () => {
  const volume = {
    shape: [2, 2, 2] as const,
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data: new Uint8Array(8),
  };
  for (const name of ["x.nrrd", "x.mha"]) {
    const text = Buffer.from(await writeVolume(volume, name, { description: "DOE^JANE" })).toString("latin1");
    for (const [from, to] of [
      [/^(sizes: |DimSize = ).*$/m, "$1DOE^JANE"],
      [/^(type: |ElementType = ).*$/m, "$1DOE^JANE"],
      [/^(encoding: |NDims = ).*$/m, "$1DOE^JANE"],
      [/^(space directions: |TransformMatrix = ).*$/m, "$1DOE^JANE"],
      [/^(space origin: |Offset = ).*$/m, "$1(DOE^JANE,1,2)"],
    ] as const) {
      const error = await readVolume(Buffer.from(text.replace(from, to), "latin1"), name).then(
        () => undefined,
        (failure) => failure,
      );
      expect(error, String(from)).toBeInstanceOf(UserError);
      expect((error as UserError).message).not.toContain("DOE");
    }
  }
});
