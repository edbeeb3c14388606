import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { affineFromSpacing, type Grid } from "../volume/index.js";
import { type CaseEntry, readEntry, writeEntry } from "./case-entry.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-entry-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const path = join(root, "one.case");

const size = fc.integer({ min: 1, max: 5 });
const anyEntry: fc.Arbitrary<CaseEntry> = fc
  .record({
    shape: fc.tuple(size, size, size),
    channels: fc.integer({ min: 1, max: 3 }),
    fill: fc.float({ noNaN: true }),
    organVoxels: fc.array(fc.nat(), { maxLength: 3 }),
    together: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ shape, channels, fill, organVoxels, together }) => {
    const grid: Grid = { shape, affine: affineFromSpacing([1, 2.5, 1 / 3], [-7, 0.1, 1e-9]) };
    const voxels = shape[0] * shape[1] * shape[2];
    const data = Float32Array.from({ length: voxels * channels }, (_, at) => fill / (at + 1));
    const target = Uint8Array.from({ length: voxels }, (_, at) => at % 3);
    return {
      image: { ...grid, channels, data },
      target,
      placement: { original: grid, seen: { low: [0, 0, 0], high: shape } },
      organVoxels,
      ceiling: { together, organs: organVoxels.map((count) => (count > 0 ? together : null)) },
    };
  });

it("what is written is read", async () => {
  await fc.assert(
    fc.asyncProperty(anyEntry, async (entry) => {
      await writeEntry(path, entry);
      expect(await readEntry(path)).toEqual(entry);
    }),
    { numRuns: 30 },
  );
});

it("an entry with any byte changed, cut off or added is no entry", async () => {
  const [entry] = fc.sample(anyEntry, { numRuns: 1, seed: 5 });
  await writeEntry(path, entry!);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ (1 << (at % 8));
    writeFileSync(path, changed);
    expect(await readEntry(path), `byte ${at}`).toBeUndefined();
  }
  writeFileSync(path, whole);
  for (let length = whole.length - 1; length >= 0; length -= 13) {
    truncateSync(path, length);
    expect(await readEntry(path), `${length} bytes`).toBeUndefined();
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]));
  expect(await readEntry(path)).toBeUndefined();
  expect(await readEntry(join(root, "none.case"))).toBeUndefined();
});
