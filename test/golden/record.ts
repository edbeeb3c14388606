/** The golden run on disk. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { GoldenImage, GoldenRun } from "./golden-run.js";
import type { GoldenMachine } from "./machine.js";

export interface GoldenRecord {
  readonly machine: GoldenMachine;
  /** Version of ONNX Runtime. */
  readonly runtime: string;
  readonly run: GoldenRun;
}

const path = join(import.meta.dirname, "fixtures", "record.json");

const packed = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  gzipSync(new Uint8Array(buffer, byteOffset, byteLength), { level: 9 }).toString("base64");

const unpacked = (text: string): Uint8Array => new Uint8Array(gunzipSync(Buffer.from(text, "base64")));

export function writeRecord({ run, ...rest }: GoldenRecord): void {
  const images = run.images.map((image) => ({ ...image, mask: packed(image.mask) }));
  const stored = { ...rest, run: { ...run, weights: packed(run.weights), images } };
  writeFileSync(path, `${JSON.stringify(stored, null, 2)}\n`);
}

export function readRecord(): GoldenRecord {
  const { run, ...rest } = JSON.parse(readFileSync(path, "utf8"));
  const images = run.images.map((image: Omit<GoldenImage, "mask"> & { mask: string }) => ({
    ...image,
    mask: unpacked(image.mask),
  }));
  const weights = new Float32Array(unpacked(run.weights).slice().buffer);
  return { ...rest, run: { ...run, weights, images } };
}
