/** Times and sizes as people write them in options. */
import { InvalidArgumentError } from "commander";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Seconds from `90s`, `15m`, `1h` or `2d`. @throws InvalidArgumentError for anything else */
export const duration = (text: string): number => quantity(text, SECONDS, "a time such as 90s, 15m or 1h");

/** Bytes from `500MiB` or `2GiB`. @throws InvalidArgumentError for anything else */
export const byteSize = (text: string): number => quantity(text, BYTES, "a size such as 500MiB or 2GiB");

function quantity(text: string, units: Readonly<Record<string, number>>, expected: string): number {
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?)([A-Za-z]+)$/.exec(text) ?? [];
  const scale = units[unit ?? ""];
  const value = Math.round(Number(number) * (scale ?? Number.NaN));
  if (value > 0) return value;
  throw new InvalidArgumentError(`expected ${expected}`);
}
