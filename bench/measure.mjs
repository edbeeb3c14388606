/** What the measured halves share. */
import { Random } from "../dist/base/random.js";

/** Standard normal numbers, always the same ones. */
export function noise(count) {
  const random = new Random(0);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** The upper one of the two in the middle, where their number is even. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

export const peakMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);

/** Wall and processor time, in ms, of every run after a first one: at least three runs, then until `seconds` are over. */
export async function repeat(work, seconds) {
  await work();
  const wall = [];
  const cpu = [];
  const end = performance.now() + seconds * 1000;
  while (wall.length < 3 || performance.now() < end) {
    const before = process.cpuUsage();
    const start = performance.now();
    await work();
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  return { wall, cpu };
}
