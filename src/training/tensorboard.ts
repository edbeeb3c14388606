/**
 * TensorBoard event files: scalars that researchers watch while a network trains.
 *
 * Format: TFRecord framing (length, masked CRC-32C of it, data, masked CRC-32C of the data) around the protocol
 * message tensorflow.Event: 1 wall_time (double), 2 step (int64), 3 file_version, 5 summary {1 value {1 tag, 2 simple_value}}.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { appendToFile } from "../dataset/index.js";

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** TFRecord's masking: a rotation and an offset, so that a checksum of data with checksums stays a good one. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
}

export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

export function encodeScalars(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(scalars)) {
    summary.tag(1, 2).fork().tag(1, 2).string(tag).tag(2, 5).float(value).join();
  }
  return new BinaryWriter()
    .tag(1, 1)
    .double(wallTime)
    .tag(2, 0)
    .int64(step)
    .tag(5, 2)
    .bytes(summary.finish())
    .finish();
}

/** Appends scalars to an event file of its own; every start of a run makes a new file, as TensorBoard expects. */
export class EventWriter {
  private path: string | undefined;

  constructor(
    private readonly folder: string,
    private readonly startSeconds: number,
  ) {}

  async write(step: number, scalars: Readonly<Record<string, number>>): Promise<void> {
    const now = Date.now() / 1000;
    if (this.path === undefined) {
      const version = new BinaryWriter().tag(1, 1).double(now).tag(3, 2).string("brain.Event:2").finish();
      const path = join(this.folder, await nextFile(this.folder, Math.floor(this.startSeconds)));
      await appendToFile(path, frameRecord(version));
      this.path = path;
    }
    await appendToFile(this.path, frameRecord(encodeScalars(now, step, scalars)));
  }
}

/**
 * TensorBoard reads the files in the order of their names. A file whose writer was killed may end in half a record, so none is gone
 * on with; and what comes later is named later, also where the clock was set back meanwhile.
 */
async function nextFile(folder: string, startSeconds: number): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const times = names.flatMap((name) => {
    const [, seconds] = /^events\.out\.tfevents\.(\d{1,12})\.sureseg$/.exec(name) ?? [];
    return seconds === undefined ? [] : [Number(seconds)];
  });
  return `events.out.tfevents.${Math.max(startSeconds, ...times.map((time) => time + 1))}.sureseg`;
}
