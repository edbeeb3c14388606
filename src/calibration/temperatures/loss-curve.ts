/** The negative log-likelihood of one image at every temperature: all that a temperature is fitted to. */
import { HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, type TemperatureFitter } from "../temperature.js";

const STEP = 0.1;
const LOWEST = Math.log(LOWEST_TEMPERATURE);
const POINTS = Math.round((Math.log(HIGHEST_TEMPERATURE) - LOWEST) / STEP) + 1;

/** Where curves are sampled: logarithms of temperatures from 0.05 to 20, a tenth apart. */
export const LOG_TEMPERATURES: readonly number[] = Array.from(
  { length: POINTS },
  (_, at) => LOWEST + STEP * at,
);

/** Nats a voxel at each of `LOG_TEMPERATURES`. */
export type LossCurve = Float64Array;

/** @param fitter that has seen the image's voxels */
export const lossCurve = (fitter: TemperatureFitter): LossCurve =>
  fitter.losses(LOG_TEMPERATURES.map(Math.exp));

/** Value of a curve between its points, linearly; at its ends beyond them. */
export function lossAt(curve: LossCurve, logTemperature: number): number {
  const place = Math.min(POINTS - 1, Math.max(0, (logTemperature - LOWEST) / STEP));
  const at = Math.min(POINTS - 2, Math.floor(place));
  return curve[at]! + (place - at) * (curve[at + 1]! - curve[at]!);
}

/**
 * Logarithm of the temperature of the least loss, by a parabola through the three lowest points.
 *
 * @param within half-open bounds beyond which it does not go
 */
export function bestLogTemperature(curve: LossCurve, within: readonly [number, number]): number {
  let best = 0;
  for (let at = 1; at < POINTS; at++) if (curve[at]! < curve[best]!) best = at;
  const clamp = (value: number): number => Math.min(within[1], Math.max(within[0], value));
  if (best === 0 || best === POINTS - 1) return clamp(LOG_TEMPERATURES[best]!);
  const [before, least, after] = [curve[best - 1]!, curve[best]!, curve[best + 1]!];
  const bend = before - 2 * least + after;
  const shift = bend > 0 ? (before - after) / (2 * bend) : 0;
  return clamp(LOG_TEMPERATURES[best]! + STEP * shift);
}

/** Mean of curves. */
export const meanCurve = (curves: readonly LossCurve[]): LossCurve =>
  Float64Array.from(
    LOG_TEMPERATURES,
    (_, at) => curves.reduce((sum, curve) => sum + curve[at]!, 0) / curves.length,
  );
