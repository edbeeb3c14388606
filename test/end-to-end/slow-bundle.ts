import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST, openBundle, packBundle, partNames } from "../../src/bundle/index.js";

/** How images go through: voxels along an axis of the prepared image, and of a window. */
const ways = {
  /** Hundreds of windows. */
  slow: { voxels: 24, window: 8, overlap: 0.9 },
  /** So many windows that nobody waits for them. */
  endless: { voxels: 96, window: 8, overlap: 0.9 },
  /** One large window: the engine does not pause for as long as it takes. */
  blocking: { voxels: 96, window: 96, overlap: 0 },
} as const;

/** Writes a bundle of the same network whose images take longer. @param name of the bundle */
export async function slowBundle(from: string, to: string, name: keyof typeof ways): Promise<void> {
  const { voxels, window, overlap } = ways[name];
  const files = Object.fromEntries(
    [...partNames, MANIFEST].map((name) => [name, new Uint8Array(readFileSync(join(from, name)))]),
  );
  const bundle = await openBundle(files);
  const slow = await packBundle({
    ...bundle,
    windows: { ...bundle.windows, window: [window, window, window], overlap },
    preparation: { ...bundle.preparation, spacing: { policy: "fit", voxels } },
    card: { ...bundle.card, name },
  });
  await mkdir(to, { recursive: true });
  for (const [name, bytes] of Object.entries(slow)) writeFileSync(join(to, name), bytes);
}
