/** What every format in the registry must do, whatever its bytes look like. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { readVolume, readVolumeHeader, writeVolume } from "../../src/sources/index.js";
import { FORMATS } from "../../src/sources/registry.js";
import { affineFromSpacing, crop, pad, reorient, sameGrid, type Volume } from "../../src/volume/index.js";
import { anyVolume } from "../any-volume.js";

const PATIENT = "DOE^JANE 1970-01-01";

const small: Volume = {
  shape: [3, 2, 2],
  affine: affineFromSpacing([1, 2, 3], [-4, 5, 6]),
  channels: 1,
  data: Uint8Array.from({ length: 12 }, (_, at) => at),
};

type Type = "uint8" | "int64";
type Sizes = readonly [number, number, number, number];

/**
 * For each format: the start of a file that says it holds so many voxels (three axes and channels) of a type, without
 * them. A format without a line here fails.
 */
const PROMISES: Readonly<Record<string, readonly ((sizes: Sizes, type: Type) => Promise<Uint8Array>)[]>> = {
  NIfTI: [
    async (sizes, type) => {
      const bytes = (await writeVolume(small, "x.nii")).slice(0, 352);
      const view = new DataView(bytes.buffer);
      [4, ...sizes].forEach((size, at) => {
        view.setInt16(40 + 2 * at, size, true);
      });
      view.setInt16(70, { uint8: 2, int64: 1024 }[type], true);
      return bytes;
    },
    async (sizes, type) => {
      const long: Volume = { ...small, shape: [1, 40000, 1], data: new Uint8Array(40000) };
      const bytes = (await writeVolume(long, "x.nii")).slice(0, 544);
      const view = new DataView(bytes.buffer);
      [4, ...sizes].forEach((size, at) => {
        view.setBigInt64(16 + 8 * at, BigInt(size), true);
      });
      view.setInt16(12, { uint8: 2, int64: 1024 }[type], true);
      return bytes;
    },
  ],
  NRRD: ["raw", "gzip"].map((encoding) => async (sizes, type) => {
    const fields = [
      `type: ${type}`,
      "dimension: 4",
      "space: RAS",
      `sizes: ${sizes.join(" ")}`,
      "space directions: (1,0,0) (0,1,0) (0,0,1) none",
      "space origin: (0,0,0)",
      "endian: little",
      `encoding: ${encoding}`,
    ];
    return new TextEncoder().encode(`NRRD0004\n${fields.join("\n")}\n\n`);
  }),
  MetaImage: ["False", "True"].map((compressed) => async ([i, j, k, channels], type) => {
    const fields = [
      "ObjectType = Image",
      "NDims = 3",
      `DimSize = ${i} ${j} ${k}`,
      `ElementNumberOfChannels = ${channels}`,
      "ElementSpacing = 1 1 1",
      `CompressedData = ${compressed}`,
      `ElementType = ${{ uint8: "MET_UCHAR", int64: "MET_LONG_LONG" }[type]}`,
      "ElementDataFile = LOCAL",
    ];
    return new TextEncoder().encode(`${fields.join("\n")}\n`);
  }),
};

/** What reading gives: a `UserError` that names the file and nobody in it, or a volume that fits together. */
async function civilOutcome(bytes: Uint8Array, name: string): Promise<UserError | Volume> {
  try {
    const volume = await readVolume(bytes, name);
    const [ni, nj, nk] = volume.shape;
    expect(volume.data.length).toBe(ni * nj * nk * volume.channels);
    return volume;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).subject).toBe(name);
    expect((error as UserError).message).not.toContain("DOE");
    return error as UserError;
  }
}

describe.each(FORMATS)("$name", (format) => {
  const names = format.endings.map((ending) => `x${ending}`);

  it("recognises its own files, and no other format does", async () => {
    for (const name of names.filter((file) => !file.endsWith(".gz"))) {
      const bytes = await writeVolume(small, name);
      expect(FORMATS.filter((other) => other.recognises(bytes.subarray(0, 1024)))).toEqual([format]);
    }
    expect(format.recognises(new Uint8Array(0))).toBe(false);
    expect(format.recognises(new Uint8Array(1024))).toBe(false);
  });

  it("gives back what it wrote, and its header says the same", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...names), async (volume, name) => {
        const bytes = await writeVolume(volume, name);
        const read = await readVolume(bytes, name);
        expect(read.data).toEqual(volume.data);
        expect(read.channels).toBe(volume.channels);
        // Places may be stored in float32.
        expect(sameGrid(read, volume, 1e-3)).toBe(true);
        expect(read.source).toMatchObject({ format: format.name, warnings: [] });
        const { shape, affine, channels, integer } = await readVolumeHeader(bytes, name);
        expect({ shape, affine, channels }).toEqual({
          shape: read.shape,
          affine: read.affine,
          channels: read.channels,
        });
        expect(integer).toBe(!(volume.data instanceof Float32Array));
      }),
      { numRuns: 60 },
    );
  });

  it("writes a result like its source: in the same place to the last bit, the same bytes again and again", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...names), async (volume, name) => {
        const image = await readVolume(await writeVolume(volume, name), name);
        const { shape, affine, source } = image;
        const mask = { shape, affine, channels: 1, data: new Uint8Array(image.data.length / image.channels) };
        const first = await writeVolume(mask, name, { like: source });
        const read = await readVolume(first, name);
        expect(read.affine).toEqual(affine);
        expect(await writeVolume(read, name, { like: read.source })).toEqual(first);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses to write a result on another grid like its source", async () => {
    const [name] = names as [string];
    const image = await readVolume(await writeVolume(small, name), name);
    const others = [
      crop(image, [1, 0, 0], [3, 2, 2]),
      pad(image, [0, 0, 1], [0, 0, 0]),
      reorient(image, "LPS"),
      { ...image, affine: affineFromSpacing([1, 2, 3.001], [-4, 5, 6]) },
    ];
    for (const other of others)
      await expect(writeVolume(other, name, { like: image.source })).rejects.toThrow(RangeError);
  });

  it.each(names)("%s cut off anywhere is an error that names the file, never a volume", async (name) => {
    const bytes = await writeVolume(small, name, { description: PATIENT });
    for (let length = 0; length < bytes.length; length++)
      expect(await civilOutcome(bytes.subarray(0, length), name)).toBeInstanceOf(UserError);
    expect(await civilOutcome(bytes, name)).toMatchObject({ data: small.data });
  });

  it("stays civil whatever bytes are changed", async () => {
    const files = await Promise.all(names.map((name) => writeVolume(small, name, { description: PATIENT })));
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (file, changes) => {
          const bytes = file.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          await civilOutcome(bytes, "changed");
        },
      ),
      { numRuns: 500 },
    );
  });

  it("refuses sizes that nothing can hold before it takes memory", async () => {
    const promises = PROMISES[format.name]!;
    const sizes: readonly [Sizes, Type][] = [
      [[30000, 30000, 30000, 1], "uint8"],
      [[32767, 32767, 32767, 32767], "int64"],
      [[2 ** 62, 2, 2, 1], "uint8"],
      [[-1, 3, 3, 1], "uint8"],
      [[0, 3, 3, 1], "uint8"],
      // Within the number of voxels, and twice the bytes.
      [[1024, 1024, 1024, 1], "int64"],
      [[512, 512, 512, 8], "int64"],
      // And the other way round.
      [[2048, 1024, 1024, 1], "uint8"],
      [[1024, 1024, 512, 3], "uint8"],
    ];
    const junk = new Uint8Array(2 ** 24);
    for (const promise of promises) {
      for (const [size, type] of sizes) {
        const start = await promise(size, type);
        // Gzip's mark and its length let a file promise a thousand times its bytes.
        const packed = Buffer.concat([gzipSync(start), junk]);
        for (const bytes of [start, packed]) {
          // The header alone is refused, and so nothing is taken for voxels.
          await expect(readVolumeHeader(bytes, "hostile")).rejects.toThrow(UserError);
          expect(await civilOutcome(bytes, "hostile")).toBeInstanceOf(UserError);
        }
      }
    }
  });
});

it("a format's endings are no other's", () => {
  const endings = FORMATS.flatMap((format) => format.endings);
  expect(new Set(endings).size).toBe(endings.length);
});
