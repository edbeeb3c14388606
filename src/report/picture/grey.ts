import { encode } from "fast-png";
import type { Plane } from "./plane.js";

/** Intensities drawn black and white. */
export type Window = readonly [number, number];

/** Values looked at to find a window: enough for the percentiles, few enough to sort. */
const SAMPLE = 50_000;

/**
 * The 0.5 and 99.5 percentiles of the finite values, from at most 50 000 of them spread evenly. Where those are equal
 * (a nearly empty picture) the least and the greatest value; for a constant picture a window with it in the middle.
 */
export function windowOf(values: ArrayLike<number>): Window {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample: number[] = [];
  for (let at = 0; at < values.length; at += step) {
    const value = values[at]!;
    if (Number.isFinite(value)) sample.push(value);
  }
  if (sample.length === 0) return [0, 1];
  sample.sort((a, b) => a - b);
  const last = sample.length - 1;
  const window: Window = [sample[Math.round(last * 0.005)]!, sample[Math.round(last * 0.995)]!];
  if (window[1] > window[0]) return window;
  if (sample[last]! > sample[0]!) return [sample[0]!, sample[last]!];
  return [sample[0]! - 1, sample[0]! + 1];
}

/** A plane as an 8-bit grey PNG, base64; what is not a number is black. */
export function greyPng(plane: Plane, [low, high]: Window): string {
  const data = new Uint8Array(plane.values.length);
  for (let at = 0; at < data.length; at++) {
    const share = (plane.values[at]! - low) / (high - low);
    data[at] = share >= 1 ? 255 : share > 0 ? Math.round(255 * share) : 0;
  }
  const bytes = encode({ width: plane.width, height: plane.height, data, depth: 8, channels: 1 });
  return Buffer.from(bytes).toString("base64");
}
