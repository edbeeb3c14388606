/** A bundle without training, and images for it: the fixture that an earlier version wrote, and phantoms. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePhantomDatasets } from "../../src/dataset/index.js";

export const bundleFolder = join(import.meta.dirname, "../oracle/fixtures/bundle-version-1");

export const bundleFiles = (): Record<string, Uint8Array> =>
  Object.fromEntries(
    readdirSync(bundleFolder).map((name) => [name, new Uint8Array(readFileSync(join(bundleFolder, name)))]),
  );

/** A folder with phantom datasets, some cases each. */
export class Phantoms {
  readonly folder = mkdtempSync(join(tmpdir(), "sureseg-library-"));

  constructor(private readonly cases = 1) {}

  async make(): Promise<void> {
    const options = { casesPerDataset: this.cases, foreignCasesPerKind: 1, shape: [24, 24, 20] } as const;
    await makePhantomDatasets(this.folder, options);
  }

  readonly liver = (name = "case_01"): string =>
    join(this.folder, "phantom_liver_ct", "imagesTr", `${name}.nii.gz`);

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
