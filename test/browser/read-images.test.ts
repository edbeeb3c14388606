/** The browser reads what Node reads: every DICOM fixture, in every encoding, NIfTI, NRRD and MetaImage, in headless Chromium. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage, writeVolume } from "../../src/sources/index.js";
import { affineFromSpacing } from "../../src/volume/index.js";
import { type Chromium, chromiumPath, openChromium } from "./chromium.js";
import { type Outcome, outcomeOf } from "./page/outcome.js";

const fixtures = join(import.meta.dirname, "../oracle/fixtures/dicom");
const files = new Map<string, Uint8Array>(
  readdirSync(fixtures)
    .filter((name) => name.endsWith(".zip"))
    .map((name) => [name, readFileSync(join(fixtures, name))]),
);

describe.skipIf(chromiumPath === undefined)("in Chromium (skipped where there is none)", () => {
  const built = mkdtempSync(join(tmpdir(), "sureseg-page-"));
  const fromNode: string[] = [];
  let chromium: Chromium;

  beforeAll(async () => {
    const data = Float32Array.from({ length: 60 }, (_, at) => Math.sin(at));
    const volume = { shape: [5, 4, 3], affine: affineFromSpacing([1, 2, 3], [-4, 5, 6]), channels: 1, data };
    files.set("plain.nii", await writeVolume({ ...volume, shape: [5, 4, 3] }, "plain.nii"));
    files.set("gzipped.nii.gz", await writeVolume({ ...volume, shape: [5, 4, 3] }, "gzipped.nii.gz"));
    for (const name of ["packed.nrrd", "packed.mha"])
      files.set(name, await writeVolume({ ...volume, shape: [5, 4, 3] }, name));
    files.set("neither.nii", Uint8Array.of(1, 2, 3));
    await build({
      root: join(import.meta.dirname, "page"),
      configFile: false,
      logLevel: "error",
      build: { outDir: built, emptyOutDir: true, target: "es2022" },
      plugins: [
        {
          name: "no-node",
          enforce: "pre",
          resolveId(id, importer) {
            if (id.startsWith("node:")) fromNode.push(`${id} in ${importer}`);
          },
        },
      ],
    });
    chromium = await openChromium(built, files);
  });
  afterAll(async () => {
    await chromium?.close();
    rmSync(built, { recursive: true, force: true });
  });

  it("asks nothing of Node", () => {
    expect(fromNode).toEqual([]);
  });

  it("reads the same voxels at the same places, and refuses the same files in the same words", async () => {
    const names = [...files.keys()];
    const found = await chromium.page.evaluate((all) => globalThis.outcomes(all), names);
    for (const [index, name] of names.entries()) {
      const bytes = files.get(name)!;
      const read = () => readImage({ name, files: [{ name, read: async () => bytes }], folder: false });
      // Through JSON, as the page's answer came: what is undefined falls away.
      const expected = JSON.parse(JSON.stringify(await outcomeOf(read))) as Outcome;
      expect(JSON.parse(JSON.stringify(found[index])), name).toEqual(expected);
    }
    expect(found.filter(({ voxels }) => voxels !== undefined).length).toBeGreaterThan(30);
    expect(found.filter(({ error }) => error !== undefined).length).toBeGreaterThan(10);
  });
});
