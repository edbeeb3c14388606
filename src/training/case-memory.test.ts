import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../base/index.js";
import { affineFromSpacing } from "../volume/index.js";
import { CaseMemory } from "./case-memory.js";
import type { TrainingCase } from "./sampling/index.js";

const grid = { shape: [2, 2, 2] as const, affine: affineFromSpacing([1, 1, 1]) };
/** 8 voxels of 4 + 1 bytes, and one foreground voxel of 4 bytes. */
const CASE_BYTES = 44;
const named = (entry: string): TrainingCase => ({
  dataset: "d",
  id: entry,
  organs: ["x"],
  grid,
  channels: 1,
  entry,
});

/** Gives each case its own voxels, and writes down what is read. */
function memoryOf(cases: number) {
  const reads: string[] = [];
  const memory = new CaseMemory(cases * CASE_BYTES, async ({ entry }) => {
    reads.push(entry);
    const data = new Float32Array(8).fill(entry.charCodeAt(0));
    return { image: { ...grid, channels: 1, data }, target: Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0) };
  });
  return { memory, reads };
}

test("reads again only what was not among the last ones asked for", async () => {
  const names = fc.constantFrom("a", "b", "c", "d", "e");
  await fc.assert(
    fc.asyncProperty(
      fc.array(names, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (asked, room) => {
        const { memory, reads } = memoryOf(room);
        const expected: string[] = [];
        let last: string[] = [];
        for (const name of asked) {
          const { image, foreground } = await memory.get(named(name));
          expect(image.data[0]).toBe(name.charCodeAt(0));
          expect(foreground).toEqual([Uint32Array.of(1)]);
          if (!last.includes(name)) expected.push(name);
          last = [...last.filter((other) => other !== name), name].slice(-room);
        }
        expect(reads).toEqual(expected);
      },
    ),
  );
});

test("keeps the case asked for last, however large it is", async () => {
  const { memory, reads } = memoryOf(0.5);
  for (const name of ["a", "a", "b", "b"]) await memory.get(named(name));
  expect(reads).toEqual(["a", "b"]);
});

test("reads once what is asked for while it is read, and makes room afterwards", async () => {
  const { memory, reads } = memoryOf(1);
  await Promise.all(["a", "b", "a", "b"].map((name) => memory.get(named(name))));
  expect(reads).toEqual(["a", "b"]);
  await memory.get(named("b"));
  expect(reads).toEqual(["a", "b"]);
  await memory.get(named("a"));
  expect(reads).toEqual(["a", "b", "a"]);
});

test("a case that could not be read is read again when it is asked for again", async () => {
  let whole = false;
  const memory = new CaseMemory(1000, async () => {
    if (!whole) throw new UserError({ subject: "a", found: "nothing", expected: "a case", advice: "" });
    return { image: { ...grid, channels: 1, data: new Float32Array(8) }, target: new Uint8Array(8) };
  });
  await expect(memory.get(named("a"))).rejects.toThrow("found nothing");
  whole = true;
  await expect(memory.get(named("a"))).resolves.toMatchObject({ foreground: [] });
});

test.each([
  ["another number of voxels", { target: new Uint8Array(7) }, /8 image voxels and 7 label voxels/],
  ["other channels", { channels: 2 }, /expected 8 and 8 for a grid of 2 x 2 x 2 with 1 channels/],
  ["an organ that the case does not have", { target: new Uint8Array(8).fill(2) }, /value 2.*at most 1 \(x\)/],
])("refuses %s", async (_, changes, message) => {
  const { channels, target } = { channels: 1, target: new Uint8Array(8), ...changes };
  const image = { ...grid, channels, data: new Float32Array(8) };
  const memory = new CaseMemory(1000, async () => ({ image, target }));
  await expect(memory.get(named("a"))).rejects.toThrow(UserError);
  await expect(memory.get(named("a"))).rejects.toThrow(message);
});
