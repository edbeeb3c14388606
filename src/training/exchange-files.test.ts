/** Our files against those of the programs that must read them (test/oracle/exchange_files.py). */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { UserError } from "../user-error.js";
import { decodeTensors, encodeTensors, type NamedTensor } from "./safetensors.js";
import { crc32c, EventWriter, maskedCrc } from "./tensorboard.js";

interface Index {
  readonly tensors: Readonly<Record<string, { dims: number[]; data: number[] }>>;
  readonly events: {
    readonly startTime: number;
    readonly entries: readonly { wallTime: number; step: number; scalars: Record<string, number> }[];
  };
}

const { index } = loadFixture<Index>("exchange-files");
const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`../../test/oracle/fixtures/${name}`, import.meta.url)));

describe("safetensors", () => {
  const reference = fixture("reference.safetensors");

  it("reads what the reference library writes", () => {
    const { tensors, metadata } = decodeTensors(reference, "reference");
    expect(metadata).toEqual({ step: "12", name: "Leber – é" });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(index.tensors).sort());
    for (const [name, { dims, data }] of Object.entries(index.tensors))
      expect(tensors.get(name)).toEqual({ dims, data: Float32Array.from(data) });
  });

  it("writes the same bytes as it", () => {
    const tensors = Object.entries(index.tensors).map(([name, { dims, data }]): [string, NamedTensor] => [
      name,
      { dims, data: Float32Array.from(data) },
    ]);
    const bytes = encodeTensors(new Map(tensors), { step: "12", name: "Leber – é" });
    // The reference library orders metadata as its hash map does; all else is fixed.
    expect(bytes.length).toBe(reference.length);
    const { tensors: read, metadata } = decodeTensors(bytes, "ours");
    expect(metadata).toEqual({ step: "12", name: "Leber – é" });
    expect(read).toEqual(new Map(tensors));
    const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(Buffer.from(bytes.subarray(header)).toString("hex")).toBe(
      Buffer.from(reference.subarray(header)).toString("hex"),
    );
  });

  it("brings any tensors back", () => {
    const anyTensor = fc
      .array(fc.nat({ max: 4 }), { maxLength: 3 })
      .chain((dims) =>
        fc
          .array(fc.float(), { minLength: count(dims), maxLength: count(dims) })
          .map((data): NamedTensor => ({ dims, data: Float32Array.from(data) })),
      );
    const name = fc
      .string({ minLength: 1 })
      .filter((text) => text !== "__metadata__" && text !== "__proto__");
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.infiniteStream(anyTensor), (names, stream) => {
        const tensors = new Map(names.map((key) => [key, stream.next().value as NamedTensor]));
        expect(decodeTensors(encodeTensors(tensors), "ours").tensors).toEqual(tensors);
      }),
    );
  });

  it("refuses a file cut off anywhere, and sizes that its bytes cannot hold", () => {
    for (let length = 0; length < reference.length; length++)
      expect(() => decodeTensors(reference.subarray(0, length), "cut.safetensors")).toThrow(UserError);
    const huge = reference.slice();
    new DataView(huge.buffer).setBigUint64(0, 100n * 2n ** 30n, true);
    expect(() => decodeTensors(huge, "huge.safetensors")).toThrow(/huge\.safetensors: .*107374182400/);
  });
});

const count = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

describe("TensorBoard", () => {
  it("knows the checksum of the standard's example", () => {
    // RFC 3720, B.4: 32 bytes of zeros.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(maskedCrc(new Uint8Array(32))).not.toBe(crc32c(new Uint8Array(32)));
  });

  it("writes the same bytes as TensorBoard's own writer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sureseg-events-"));
    const { startTime, entries } = index.events;
    const now = vi.spyOn(Date, "now").mockReturnValue(startTime * 1000);
    const writer = new EventWriter(folder, startTime);
    for (const { wallTime, step, scalars } of entries) {
      // The first write also writes the file's version, at the time of the first event.
      now.mockReturnValueOnce(wallTime * 1000);
      await writer.write(step, scalars);
    }
    now.mockRestore();
    const [name] = readdirSync(folder);
    expect(name).toMatch(/tfevents/);
    const ours = records(readFileSync(join(folder, name!)));
    const theirs = records(fixture("reference.tfevents"));
    expect(ours.slice(1)).toEqual(theirs.slice(1));
    expect(ours[0]!.slice(-26)).toEqual(theirs[0]!.slice(-26));
    expect(ours).toHaveLength(4);
  });
});

/** The framed records of an event file, as hexadecimal text without their frames; frames are checked. */
function records(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedCrc(data));
    found.push(Buffer.from(data).toString("hex"));
    at += length + 16;
  }
  return found;
}
