import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { UserError } from "../base/index.js";
import { decodeTensors, encodeTensors, type NamedTensor } from "./safetensors.js";

/** Layout: test/oracle/safetensors_files.py. */
interface SafetensorsIndex {
  readonly files: readonly {
    name: string;
    content: string;
    metadata: Record<string, string>;
    tensors: Record<string, { dims: number[]; data: number[] }>;
  }[];
  readonly refused: Record<string, string>;
}

const { files, refused } = loadFixture<SafetensorsIndex>("safetensors").index;

const named = (tensors: SafetensorsIndex["files"][number]["tensors"]): Map<string, NamedTensor> =>
  new Map(
    Object.entries(tensors).map(([name, { dims, data }]) => [name, { dims, data: Float32Array.from(data) }]),
  );

/** A file with any header, said to be `length` bytes long, before `data` bytes. */
function forged(header: string, data = 0, length = BigInt(Buffer.byteLength(header))): Uint8Array {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length);
  return Buffer.concat([start, Buffer.from(header), Buffer.alloc(data)]);
}

const entry = (dims: number[], from: number, to: number, dtype = "F32"): object => ({
  dtype,
  shape: dims,
  data_offsets: [from, to],
});

const anyTensors = fc
  .dictionary(
    fc.string({ minLength: 1, unit: "grapheme" }).filter((name) => name !== "__metadata__"),
    fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).chain((dims) => {
      const length = dims.reduce((product, size) => product * size, 1);
      return fc
        .array(fc.float(), { minLength: length, maxLength: length })
        .map((data): NamedTensor => ({ dims, data: Float32Array.from(data) }));
    }),
    { maxKeys: 6 },
  )
  .map((tensors) => new Map(Object.entries(tensors)));

describe("safetensors", () => {
  it.each(files)("reads what the reference library wrote: $name", ({ content, tensors, metadata }) => {
    const read = decodeTensors(Buffer.from(content, "hex"), "weights");
    expect(read.tensors).toEqual(named(tensors));
    expect(read.metadata).toEqual(metadata);
  });

  it.each(files)("writes the reference library's very bytes: $name", ({ content, tensors, metadata }) => {
    expect(Buffer.from(encodeTensors(named(tensors), metadata)).toString("hex")).toBe(content);
  });

  it("gives back any tensors and texts, from any place in memory", () => {
    fc.assert(
      fc.property(
        anyTensors,
        fc.dictionary(fc.string(), fc.string()),
        fc.nat({ max: 7 }),
        (tensors, texts, shift) => {
          const bytes = encodeTensors(tensors, texts);
          const moved = new Uint8Array(bytes.length + shift).subarray(shift);
          moved.set(bytes);
          const read = decodeTensors(moved, "weights");
          expect(new Map(read.tensors)).toEqual(tensors);
          expect(read.metadata).toEqual({ ...texts });
        },
      ),
    );
  });

  it("gives tensors that later changes of the file's bytes do not reach", () => {
    const bytes = Buffer.from(
      encodeTensors(new Map([["weight", { dims: [2], data: Float32Array.of(1, 2) }]])),
    );
    const { tensors } = decodeTensors(bytes, "weights");
    bytes.fill(0);
    expect([...tensors.get("weight")!.data]).toEqual([1, 2]);
  });

  it("refuses a file that is cut off anywhere, or too long", () => {
    const whole = Buffer.from(files[0]!.content, "hex");
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeTensors(whole.subarray(0, length), "cut"), `${length} bytes`).toThrow(UserError);
    }
    expect(() => decodeTensors(Buffer.concat([whole, Buffer.alloc(4)]), "long")).toThrow(/long: found/);
  });

  it.each([100_000_000_000n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n])(
    "refuses a header said to be %s bytes long without taking memory for it",
    (length) => {
      expect(() => decodeTensors(forged("{}", 64, length), "huge")).toThrow(
        `huge: found a header said to be ${length} bytes long`,
      );
    },
  );

  it.each([
    ["no JSON", forged("{]"), /header that is not a JSON object/],
    ["JSON of another form", forged("[1]"), /header that is not a JSON object/],
    ["text that is not UTF-8", Buffer.concat([forged("", 0, 2n), Buffer.from([0xff, 0xfe])]), /JSON object/],
    ["an entry that is no object", forged('{"a":3}'), /tensor a of another form/],
    ["a negative size", forged(JSON.stringify({ a: entry([-1], 0, 4) }), 4), /tensor a of another form/],
    ["half a number", forged(JSON.stringify({ a: entry([1], 0, 2) }), 2), /2 bytes for tensor a/],
    [
      "a tensor of 400 GB",
      forged(JSON.stringify({ a: entry([1e11], 0, 4e11) }), 8),
      /found 8 bytes of data, expected the 400000000000/,
    ],
    [
      "sizes whose product is not exact",
      forged(JSON.stringify({ a: entry([2 ** 52, 2 ** 52], 0, 4) }), 4),
      /bytes for tensor a/,
    ],
    [
      "tensors that overlap",
      forged(JSON.stringify({ a: entry([2], 0, 8), b: entry([2], 4, 12) }), 12),
      /tensor b at byte 4/,
    ],
    ["a hole", forged(JSON.stringify({ a: entry([1], 0, 4), b: entry([1], 8, 12) }), 12), /tensor b/],
    ["metadata that is no text", forged('{"__metadata__":{"step":3}}'), /__metadata__ of another form/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => decodeTensors(bytes, "weights")).toThrow(UserError);
    expect(() => decodeTensors(bytes, "weights")).toThrow(message);
  });

  it.each(Object.entries(refused))("refuses %s numbers and says which tensor has them", (_, content) => {
    expect(() => decodeTensors(Buffer.from(content, "hex"), "weights")).toThrow(
      /weights, tensor weight: found numbers of type \w+, expected float32/,
    );
  });
});
