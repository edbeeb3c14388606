/** Results lie where their image lies, for every program: the fields that say where are the image's own, bit for bit. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turned } from "../../../test/any-volume.js";
import { affineFromSpacing, crop, multiplyAffines, reorient, type Volume } from "../../volume/index.js";
import { readVolume, type SourcedVolume, writeVolume } from "../index.js";
import { HEADER_BYTES } from "./header-fields.js";

const SHAPE = [4, 3, 5] as const;
const image: Volume = {
  shape: SHAPE,
  affine: affineFromSpacing([1.5, 2, 2.5], [-20, -30, -10]),
  channels: 1,
  data: Int16Array.from({ length: 60 }, (_, at) => at),
};

/** Where the fields that say where voxels lie stand, by version: [offset, bytes]. */
const PLACE = {
  1: [
    [42, 6],
    [76, 16],
    [123, 1],
    [252, 4],
    [256, 24],
    [280, 48],
  ],
  2: [
    [24, 24],
    [104, 32],
    [344, 8],
    [352, 48],
    [400, 96],
    [500, 4],
  ],
} as const;

interface Header {
  readonly qform: number;
  readonly sform: number;
  readonly pixdim: readonly number[];
  readonly quaternion: readonly number[];
  readonly rows: readonly number[];
  readonly units: number;
}

/** The image as a NIfTI-1 file whose place is stated as asked. */
async function fileWith(header: Partial<Header>): Promise<Uint8Array> {
  const bytes = await writeVolume(image, "x.nii");
  const view = new DataView(bytes.buffer);
  if (header.qform !== undefined) view.setInt16(252, header.qform, true);
  if (header.sform !== undefined) view.setInt16(254, header.sform, true);
  for (const [offset, values] of [
    [76, header.pixdim],
    [256, header.quaternion],
    [280, header.rows],
  ] as const) {
    for (const [at, value] of (values ?? []).entries()) view.setFloat32(offset + 4 * at, value, true);
  }
  if (header.units !== undefined) view.setUint8(123, header.units);
  return bytes;
}

async function resultOf(bytes: Uint8Array): Promise<{ read: SourcedVolume; result: Uint8Array }> {
  const read = await readVolume(bytes, "x.nii");
  const { shape, affine, source } = read;
  const mask = { shape, affine, channels: 1, data: new Uint8Array(60).fill(1) };
  return { read, result: await writeVolume(mask, "mask.nii", { like: source }) };
}

const placeBytes = (bytes: Uint8Array, version: 1 | 2): number[] =>
  PLACE[version].flatMap(([at, length]) => [...bytes.subarray(at, at + length)]);

/** A NIfTI-1 file of int16 voxels with all its numbers turned round. */
function bigEndian(bytes: Uint8Array): Uint8Array {
  const turned = bytes.slice();
  const turn = (from: number, to: number, width: number): void => {
    for (let at = from; at < to; at += width) turned.subarray(at, at + width).reverse();
  };
  turn(0, 4, 4);
  turn(40, 76, 2);
  turn(76, 120, 4);
  turn(252, 256, 2);
  turn(256, 328, 4);
  turn(352, bytes.length, 2);
  return turned;
}

const length = fc.float({ min: Math.fround(0.01), max: 100, noNaN: true });
const place = fc.float({ min: -200, max: 200, noNaN: true });

describe("a result that is written like its source", () => {
  it("says where it lies in the same bytes, whatever they are", async () => {
    const header = fc.record({
      qform: fc.integer({ min: 0, max: 4 }),
      sform: fc.integer({ min: 0, max: 4 }),
      pixdim: fc.tuple(fc.constantFrom(-1, 0, 1), length, length, length),
      quaternion: fc.tuple(
        ...[0, 1, 2].map(() => fc.float({ min: Math.fround(-0.57), max: Math.fround(0.57), noNaN: true })),
        place,
        place,
        place,
      ),
      rows: fc
        .tuple(length, length, length, place, place, place)
        .map(([x, y, z, a, b, c]) => [0, -y, 0, a, x, 0, 0, b, 0, 0, z, c]),
      units: fc.constantFrom(0, 1, 2, 3, 10, 11),
    });
    await fc.assert(
      fc.asyncProperty(header, async (given) => {
        const bytes = await fileWith(given);
        const { read, result } = await resultOf(bytes);
        expect(placeBytes(result, 1)).toEqual(placeBytes(bytes, 1));
        const again = await readVolume(result, "mask.nii");
        expect(again.affine).toEqual(read.affine);
        // What is the result's own: one number a voxel of its own type, no scaling.
        expect(again.data).toEqual(new Uint8Array(60).fill(1));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps every bit of the fields that do not decide, numbers or not, in either byte order", async () => {
    const bits = fc.uint8Array({ minLength: 24, maxLength: 24 });
    // A signalling NaN, which turns into another one where it is read as a number.
    const notANumber = Uint8Array.from([...new Array(20).fill(0), 1, 0, 0xa0, 0xff]);
    await fc.assert(
      fc.asyncProperty(bits, bits, fc.boolean(), async (quaternion, pixdim, big) => {
        const bytes = await fileWith({ qform: 0, sform: 2 });
        bytes.set(quaternion, 256);
        bytes.set(pixdim.subarray(12), 80);
        const turned = big ? bigEndian(bytes) : bytes;
        expect(placeBytes((await resultOf(turned)).result, 1)).toEqual(placeBytes(bytes, 1));
      }),
      { numRuns: 100, examples: [[notANumber, notANumber, true]] },
    );
  });

  it("takes NIfTI-2 for NIfTI-2, and little-endian bytes of the same numbers for big-endian ones", async () => {
    for (const [file, version] of [
      ["qform-oblique-2.nii", 2],
      ["sform-before-qform-2.nii", 2],
    ] as const) {
      const bytes: Uint8Array = readFileSync(`test/oracle/fixtures/nifti/${file}`);
      const { shape, affine, source } = await readVolume(bytes, file);
      const mask = { shape, affine, channels: 1, data: new Uint8Array(24) };
      const result = await writeVolume(mask, "mask.nii", { like: source });
      expect(result.length).toBe(HEADER_BYTES[2] + 4 + 24);
      expect(placeBytes(result, version)).toEqual(placeBytes(bytes, version));
    }
    const big = await readVolume(readFileSync("test/oracle/fixtures/nifti/float32-1-big.nii"), "big");
    const { shape, affine, source } = big;
    const mask = { shape, affine, channels: 1, data: new Uint8Array(24) };
    const again = await readVolume(await writeVolume(mask, "mask.nii", { like: source }), "mask.nii");
    expect(again.affine).toEqual(big.affine);
    const {
      littleEndian: _,
      datatype: __,
      voxOffset: ___,
      ...fields
    } = again.source.fields as Record<string, unknown>;
    const { qformCode, sformCode, pixdim, quaternion, rows, units } = big.source.fields as Record<
      string,
      unknown
    >;
    expect(fields).toMatchObject({ qformCode, sformCode, quaternion, rows, units });
    expect((fields.pixdim as number[]).slice(0, 4)).toEqual((pixdim as number[]).slice(0, 4));
  });

  it("is refused where it is on another grid", async () => {
    const { source, ...read } = await readVolume(await fileWith({}), "x.nii");
    for (const other of [crop(read, [0, 0, 0], [3, 3, 5]), reorient(read, "LPS")]) {
      await expect(writeVolume(other, "mask.nii", { like: source })).rejects.toThrow(/not on the grid/);
    }
  });

  it("loses its source wherever the grid changes", async () => {
    const read = await readVolume(await fileWith({}), "x.nii");
    for (const other of [crop(read, [0, 0, 0], [3, 3, 5]), reorient(read, "LPS")])
      expect(other).not.toHaveProperty("source");
  });
});

describe("nibabel and ITK", () => {
  interface Place {
    readonly case: string;
    /** Bytes before the voxels, base64. */
    readonly image: string;
    readonly mask: string;
    /** Millimetres, by program. */
    readonly apart: Readonly<Record<string, number>>;
  }
  const { shape, cases } = JSON.parse(readFileSync("test/oracle/fixtures/place.json", "utf8")) as {
    readonly shape: readonly [number, number, number];
    readonly cases: readonly Place[];
  };

  it.each(cases)("see a result of $case where its image lies", async ({ image, mask, apart }) => {
    const voxels = shape[0] * shape[1] * shape[2];
    const bytes = Buffer.concat([Buffer.from(image, "base64"), Buffer.alloc(2 * voxels)]);
    const { affine, source } = await readVolume(bytes, "x.nii");
    const result = { shape, affine, channels: 1, data: new Uint8Array(voxels) };
    const written = await writeVolume(result, "x_mask.nii", { like: source });
    // What these programs say of it was found out with the very bytes that are written here.
    expect(Buffer.from(written.subarray(0, -voxels)).toString("base64")).toBe(mask);
    expect(apart.nibabel).toBe(0);
    expect(apart.itk ?? 0).toBe(0);
  });
});

describe("warnings", () => {
  const warningsOf = async (header: Partial<Header>): Promise<readonly string[]> =>
    (await readVolume(await fileWith(header), "x.nii")).source.warnings;

  it("none where all that is said agrees", async () => {
    expect(await warningsOf({})).toEqual([]);
    expect(await warningsOf({ qform: 0 })).toEqual([]);
    expect(await warningsOf({ sform: 0 })).toEqual([]);
    // The same in micrometres.
    const rows = [1500, 0, 0, -20000, 0, 2000, 0, -30000, 0, 0, 2500, -10000];
    const quaternion = [0, 0, 0, -20000, -30000, -10000];
    expect(await warningsOf({ units: 3, rows, quaternion, pixdim: [1, 1500, 2000, 2500] })).toEqual([]);
  });

  it("forms that differ, by how much", async () => {
    const moved = await warningsOf({ sform: 2, rows: [1.5, 0, 0, -10, 0, 2, 0, -35, 0, 0, 2.5, -7] });
    expect(moved).toHaveLength(1);
    expect(moved[0]).toMatch(
      /sform \(code 2\) and its qform \(code 1\) differ: .* corners up to 11\.6 mm apart; the sform is used/,
    );
  });

  it("forms that differ by rounding alone are none: an oblique head, whatever its angle", async () => {
    const angle = fc.double({ min: -4, max: 4, noNaN: true });
    await fc.assert(
      fc.asyncProperty(angle, angle, async (first, second) => {
        const affine = multiplyAffines(turned(first), multiplyAffines(turned(second), image.affine));
        const head: Volume = { ...image, shape: [256, 256, 1], affine, data: new Uint8Array(65536) };
        const bytes = await writeVolume(head, "x.nii");
        expect(new DataView(bytes.buffer).getInt16(252, true)).toBe(1);
        expect((await readVolume(bytes, "x.nii")).source.warnings).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("a qform of other sizes, of no place, or that is no rotation, and units that there are not", async () => {
    const pixdim = [1, 0.865759, 0.865759, 0.796];
    expect(await warningsOf({ pixdim })).toEqual([
      expect.stringMatching(/differ: voxels of 1\.5 x 2 x 2\.5 mm instead of 0\.866 x 0\.866 x 0\.796 mm/),
      expect.stringMatching(
        /pixdim\) are 0\.8658 x 0\.8658 x 0\.796 mm, those of its sform 1\.5 x 2 x 2\.5 mm/,
      ),
    ]);
    expect(await warningsOf({ quaternion: [Number.NaN, 0, 0, 0, 0, 0] })).toEqual([
      expect.stringMatching(/differ: the qform gives no place; the sform is used/),
    ]);
    expect(await warningsOf({ sform: 0, quaternion: [0.9, 0.9, 0, 0, 0, 0] })).toEqual([
      expect.stringMatching(/is no rotation \(length 1\.273\)/),
    ]);
    expect(await warningsOf({ units: 5 })).toEqual([expect.stringMatching(/xyzt_units 5.*millimetres/)]);
  });

  it("no place at all", async () => {
    expect(await warningsOf({ qform: 0, sform: 0 })).toEqual([
      expect.stringMatching(/does not say where it lies or which side is left/),
    ]);
  });

  it("two voxel sizes", async () => {
    const stated = { qform: 0, pixdim: [1, 0.865759, 0.865759, 0.796] };
    expect(await warningsOf({ ...stated, rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] })).toEqual([
      expect.stringMatching(/pixdim\) are 0\.8658 x 0\.8658 x 0\.796 mm, those of its sform 1 x 1 x 1 mm/),
    ]);
  });
});

describe("voxel sizes that nobody stated are not made up", () => {
  it.each([
    [3, 0],
    [3, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
  ])("pixdim[%i] %d is refused where it decides", async (axis, value) => {
    const pixdim = [1, 1.5, 2, 2.5].map((mm, at) => (at === axis ? value : mm));
    for (const codes of [
      { qform: 0, sform: 0 },
      { qform: 1, sform: 0 },
    ]) {
      await expect(readVolume(await fileWith({ pixdim, ...codes }), "x.nii")).rejects.toThrow(
        new RegExp(`x\\.nii: found pixdim\\[${axis}\\] ${value}`),
      );
    }
    expect((await readVolume(await fileWith({ pixdim, qform: 0, sform: 1 }), "x.nii")).affine[0]).toBe(1.5);
  });
});

it("bounds bytes, not only voxels: int64 voxels are counted as what they take", async () => {
  const bytes = await writeVolume({ ...image, data: new Float64Array(60) }, "x.nii");
  const header = Buffer.from(bytes.subarray(0, 352));
  [1024, 1024, 1024].forEach((size, axis) => {
    header.writeInt16LE(size, 42 + 2 * axis);
  });
  header.writeInt16LE(1024, 70);
  // A gzip member that could unpack to that much, as far as its length tells.
  const packed = Buffer.concat([
    Buffer.from((await import("node:zlib")).gzipSync(header)),
    Buffer.alloc(2 ** 24),
  ]);
  await expect(readVolume(packed, "x.nii.gz")).rejects.toThrow(/1073741824 voxels in 8589934592 bytes/);
});
