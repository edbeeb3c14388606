import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST, openBundle, packBundle, partNames } from "../../src/bundle/index.js";

/**
 * Writes a bundle whose images take many more windows than those of another.
 *
 * @param name of the bundle: `slow` takes hundreds of windows, `endless` so many that
 *   nobody waits for them
 */
export async function slowBundle(from: string, to: string, name: "slow" | "endless"): Promise<void> {
  const files = Object.fromEntries(
    [...partNames, MANIFEST].map((name) => [name, new Uint8Array(readFileSync(join(from, name)))]),
  );
  const bundle = await openBundle(files);
  const slow = await packBundle({
    ...bundle,
    windows: { ...bundle.windows, window: [8, 8, 8], overlap: 0.9 },
    preparation: { ...bundle.preparation, spacing: { policy: "fit", voxels: name === "slow" ? 24 : 96 } },
    card: { ...bundle.card, name },
  });
  await mkdir(to, { recursive: true });
  for (const [name, bytes] of Object.entries(slow)) writeFileSync(join(to, name), bytes);
}
