/**
 * Bundles written by earlier versions still open and say what they said. `bundle-version-1` was trained by commit 96abe82 for
 * 12 updates on two phantom datasets (7 cases of 24 x 24 x 20 voxels each); its words on one of them are below.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openBundle, predictImage } from "../../src/bundle/index.js";
import { makePhantomDatasets, readVolumeFile } from "../../src/dataset/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-earlier-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("version 1: the same verdict on the same image", async () => {
  const path = "test/oracle/fixtures/bundle-version-1";
  const files = readdirSync(path).map((name): [string, Uint8Array] => [name, readFileSync(join(path, name))]);
  const bundle = await openBundle(Object.fromEntries(files));
  const session = await nodeEngine().open(bundle.model);
  await makePhantomDatasets(folder, { casesPerDataset: 1, foreignCasesPerKind: 1, shape: [24, 24, 20] });
  const name = join(folder, "phantom_liver_ct", "imagesTr", "case_01.nii.gz");
  const image = { volume: await readVolumeFile(name), modalities: ["CT" as const], name };
  const { verdict } = await predictImage({ bundle, session }, image);
  await session.release();
  expect(verdict.measure).toBeCloseTo(-0.6869560641193048, 5);
  expect(verdict.threshold).toBe(-0.4546364390727921);
  expect(verdict.nearest).toEqual({ dataset: "phantom_liver_ct", case: "case_03" });
  expect(verdict.foreign).toBe(false);
  expect(Object.keys(verdict.parts)).toEqual(["signature"]);
});
