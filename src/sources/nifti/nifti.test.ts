import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../base/index.js";
import { affineFromSpacing, orientationOf, type Volume, type VoxelArray } from "../../volume/index.js";
import { readVolume, readVolumeHeader, writeVolume } from "../index.js";

const FIXTURES = "test/oracle/fixtures/nifti";

interface Case {
  readonly file: string;
  readonly error?: string;
  readonly dims: number[];
  readonly datatype: string;
  readonly axes: string;
  readonly affine: number[];
  readonly values: (number | string)[];
}

const { cases } = JSON.parse(readFileSync(`${FIXTURES}/expected.json`, "utf8")) as { cases: Case[] };

const readable = cases.filter(({ error }) => error === undefined);
const refused = cases.filter(({ error }) => error !== undefined);

function bytesOf(file: string): Uint8Array {
  return readFileSync(`${FIXTURES}/${file}`);
}

describe("files written by nibabel", () => {
  test.each(readable)("$file", async ({ file, dims, datatype, axes, affine, values }) => {
    const bytes = bytesOf(file);
    const volume = await readVolume(bytes, file);
    const header = await readVolumeHeader(bytes, file);

    const [ni, nj, nk, ...rest] = dims;
    expect(volume.shape).toEqual([ni, nj, nk]);
    expect(volume.channels).toBe(rest.reduce((product, size) => product * size, 1));
    expect(header).toMatchObject({ shape: volume.shape, channels: volume.channels, affine: volume.affine });
    expect(header.datatype).toBe(datatype);
    expect(orientationOf(volume.affine)).toBe(axes);
    volume.affine.forEach((value, at) => {
      expect(Math.abs(value - affine[at]!)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(affine[at]!)));
    });
    const expected = values.map((value) =>
      Number(String(value).replace("inf", "Infinity").replace("nan", "NaN")),
    );
    const exact = volume.data instanceof Float32Array ? expected.map(Math.fround) : expected;
    expect([...volume.data]).toEqual(exact);
    // What is read as an integer map is an array of integers, and nothing else is.
    expect(volume.data instanceof Float32Array).toBe(!header.integer);
  });

  test.each(refused)("$file is refused: $error", async ({ file, error }) => {
    const failure = await readVolume(bytesOf(file), file).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).subject).toBe(file);
    expect((failure as UserError).message).toContain(error);
  });
});

test("integer types without scaling keep their kind, 64 bits where they fit", async () => {
  const kinds: Record<string, string> = {
    "uint8-1-big.nii.gz": "Uint8Array",
    "int8-2-little.nii": "Int8Array",
    "int16-1-big.nii.gz": "Int16Array",
    "uint16-1-big.nii": "Uint16Array",
    "int32-1-big.nii": "Int32Array",
    "uint32-2-big.nii": "Uint32Array",
    "int64-1-big.nii": "Int32Array",
    "uint64-1-little.nii": "Uint32Array",
    "uint64-labels.nii": "Int32Array",
    "int64-wide.nii": "Float64Array",
    "float64-1-little.nii": "Float32Array",
    "scaling-identity-int16.nii": "Int16Array",
    "scaling-offset-int16.nii": "Float32Array",
  };
  for (const [file, kind] of Object.entries(kinds)) {
    const { data } = await readVolume(bytesOf(file), file);
    expect(`${file} ${data.constructor.name}`).toBe(`${file} ${kind}`);
  }
});

test("an .img without its header is refused with advice to join the pair", async () => {
  await expect(readVolume(new Uint8Array(500), "brain.img")).rejects.toThrow(/join it with its \.hdr/);
});

describe("writing", () => {
  const kinds = [
    Float32Array, Float64Array, Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array,
  ] as const; // biome-ignore format: one line is enough

  const volumes: fc.Arbitrary<Volume> = fc
    .record({
      shape: fc.tuple(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
      ),
      channels: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom(...kinds),
      seed: fc.uint8Array({ minLength: 8, maxLength: 64 }),
      origin: fc.tuple(fc.float({ noNaN: true, min: -500, max: 500 }), fc.constant(-1.5), fc.constant(77)),
    })
    .map(({ shape, channels, kind, seed, origin }) => {
      const data: VoxelArray = new kind(shape[0] * shape[1] * shape[2] * channels);
      data.forEach((_, at) => {
        data[at] = seed[at % seed.length]! * seed[(at * 7) % seed.length]!;
      });
      return { shape, channels, data, affine: affineFromSpacing([0.5, 2, 3.25], origin) };
    });

  test("and reading gives the same voxels, kind and affine, plain and gzipped", async () => {
    await fc.assert(
      fc.asyncProperty(volumes, fc.constantFrom("x.nii", "x.nii.gz"), async (volume, name) => {
        const { source: _, ...read } = await readVolume(await writeVolume(volume, name), name);
        // Doubles are stored as such; reading images gives float32.
        const expected = volume.data instanceof Float64Array ? Float32Array.from(volume.data) : volume.data;
        expect(read).toEqual({ ...volume, data: expected });
      }),
      { numRuns: 60 },
    );
  });

  test("gzips when the name says so, and only then", async () => {
    const volume = {
      shape: [2, 2, 2],
      channels: 1,
      data: new Uint8Array(8),
      affine: affineFromSpacing([1, 1, 1]),
    } as const;
    expect([...(await writeVolume(volume, "A.NII.GZ")).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect([...(await writeVolume(volume, "A.nii")).subarray(344, 347)]).toEqual([0x6e, 0x2b, 0x31]);
    await expect(writeVolume(volume, "A.png")).rejects.toThrow(UserError);
  });

  test("takes NIfTI-2 for an axis longer than 32767", async () => {
    const data = Int16Array.from({ length: 40000 }, (_, at) => at - 20000);
    const volume = {
      shape: [1, 40000, 1],
      channels: 1,
      data,
      affine: affineFromSpacing([1, 0.1, 1]),
    } as const;
    const bytes = await writeVolume(volume, "long.nii");
    expect((await readVolumeHeader(bytes, "long.nii")).format).toBe("NIfTI-2");
    expect(await readVolume(bytes, "long.nii")).toMatchObject(volume);
  });

  test("sets the qform where it can say what the sform says", async () => {
    for (const { file } of readable.filter(({ file }) => /form|dims-3x4x2\.|units/.test(file))) {
      const volume = await readVolume(bytesOf(file), file);
      const bytes = await writeVolume(volume, "x.nii");
      const view = new DataView(bytes.buffer);
      expect(view.getInt16(254, true)).toBe(1);
      const sheared = file.includes("sheared");
      expect(`${file} ${view.getInt16(252, true)}`).toBe(`${file} ${sheared ? 0 : 1}`);
      if (sheared) continue;
      // Without its sform the file must lie at the same place, by its qform.
      view.setInt16(254, 0, true);
      const again = await readVolume(bytes, "x.nii");
      again.affine.forEach((value, at) => {
        expect(Math.abs(value - volume.affine[at]!)).toBeLessThan(1e-5 * (1 + Math.abs(volume.affine[at]!)));
      });
    }
  });

  test("keeps a description in ASCII", async () => {
    const volume = {
      shape: [1, 1, 1],
      channels: 1,
      data: new Uint8Array(1),
      affine: affineFromSpacing([1, 1, 1]),
    } as const;
    const bytes = await writeVolume(volume, "x.nii", { description: `mask é${"x".repeat(100)}` });
    expect(new TextDecoder().decode(bytes.subarray(148, 156))).toBe("mask ?xx");
    expect(bytes[148 + 79]).toBe(0);
  });

  test("keeps nothing of the file's scaling: written numbers stand for themselves", async () => {
    const { source: _, ...volume } = await readVolume(bytesOf("scaling-both-int16.nii"), "x.nii");
    expect(await readVolume(await writeVolume(volume, "x.nii.gz"), "x.nii.gz")).toMatchObject(volume);
  });
});

describe("no bytes crash the reader", () => {
  async function mustBeCivil(bytes: Uint8Array): Promise<void> {
    try {
      const { data, shape, channels } = await readVolume(bytes, "fuzz");
      expect(data.length).toBe(shape[0] * shape[1] * shape[2] * channels);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(UserError);
    }
  }

  test("random bytes, also behind gzip's mark", async () => {
    const marks = fc.constantFrom(
      [],
      [0x1f, 0x8b],
      [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
      [0x5c, 1, 0, 0],
      [0, 0, 2, 0x1c],
    );
    await fc.assert(
      fc.asyncProperty(marks, fc.uint8Array({ maxLength: 700 }), (mark, rest) =>
        mustBeCivil(Uint8Array.from([...mark, ...rest])),
      ),
      { numRuns: 300 },
    );
  });

  test("real headers with bytes changed, and files cut anywhere", async () => {
    const files = [
      "int16-1-big.nii.gz",
      "uint16-1-little.nii",
      "float32-2-big.nii",
      "uint8-2-little.nii.gz",
      "extension.nii",
    ];
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        changes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (file, list, part) => {
          const bytes = Uint8Array.from(bytesOf(file));
          for (const [at, value] of list) bytes[at % bytes.length] = value;
          return mustBeCivil(part < 0.5 ? bytes.subarray(0, Math.floor(2 * part * bytes.length)) : bytes);
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe("gzip", () => {
  test("a file that unpacks to more than its header promises is read as far as promised", async () => {
    const plain = bytesOf("int16-1-little.nii.gz");
    const { data } = await readVolume(plain, "x");
    const trailing = await readVolume(await repacked("int16-1-little.nii.gz", 50_000_000), "x");
    expect(trailing.data).toEqual(data);
  });

  test("a damaged checksum is an error", async () => {
    const bytes = Uint8Array.from(bytesOf("int16-1-little.nii.gz"));
    bytes[bytes.length - 6]! ^= 1;
    await expect(readVolume(bytes, "x.nii.gz")).rejects.toThrow(/damaged/);
  });

  /** The fixture with zeros after its voxels. */
  async function repacked(file: string, zeros: number): Promise<Uint8Array> {
    const unpacked = new Blob([bytesOf(file) as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"));
    const whole = new Blob([await new Response(unpacked).arrayBuffer(), new Uint8Array(zeros)]);
    const packed = whole.stream().pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(packed).arrayBuffer());
  }
});

describe("real volumes", () => {
  const folder = "../shared/data";
  const reason = existsSync(folder) ? "" : " (skipped: no shared data beside the repository)";

  test.skipIf(reason !== "")(
    `all headers are read fast, labels on their images' grids${reason}`,
    async () => {
      const datasets = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/labels`));
      const started = performance.now();
      let count = 0;
      for (const dataset of datasets) {
        for (const file of readdirSync(`${folder}/${dataset}/images`)) {
          const image = await readVolumeHeader(readFileSync(`${folder}/${dataset}/images/${file}`), file);
          const label = await readVolumeHeader(readFileSync(`${folder}/${dataset}/labels/${file}`), file);
          expect(`${dataset} ${file} ${label.shape}`).toBe(`${dataset} ${file} ${image.shape}`);
          count++;
        }
      }
      expect(count).toBeGreaterThan(0);
      expect(performance.now() - started).toBeLessThan(count * 100);
    },
  );

  test.skipIf(reason !== "")(`a volume is the same after writing and reading${reason}`, async () => {
    const dataset = readdirSync(folder).find((name) => existsSync(`${folder}/${name}/labels`))!;
    for (const kind of ["images", "labels"]) {
      const file = readdirSync(`${folder}/${dataset}/${kind}`)[0]!;
      const volume = await readVolume(readFileSync(`${folder}/${dataset}/${kind}/${file}`), file);
      const again = await readVolume(await writeVolume(volume, "x.nii"), "x.nii");
      expect(Buffer.compare(Buffer.from(again.data.buffer), Buffer.from(volume.data.buffer))).toBe(0);
      expect(again.shape).toEqual(volume.shape);
      again.affine.forEach((value, at) => {
        expect(value).toBeCloseTo(volume.affine[at]!, 4);
      });
    }
  });
});
