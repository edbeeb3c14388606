import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { predictionTargets, refuseLosses } from "./prediction-targets.js";
import { resultFormats } from "./result-formats.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-targets-"));
const file = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, "");
  return path;
};
const item = (id: string, ...images: string[]) => ({ id, subject: id, images });
const targets = ({ id }: { id: string }): string[] =>
  Object.values(predictionTargets(folder, id, resultFormats.nifti));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("lets pass what loses nothing", async () => {
  await refuseLosses([item("new", file("new.nii.gz"))], targets, { overwrite: false });
});

it("refuses to replace what is there, unless asked to", async () => {
  const cases = [item("x", file("x.nii.gz"))];
  file("x_mask.nii.gz");
  await expect(refuseLosses(cases, targets, { overwrite: false })).rejects.toThrow(
    /x_mask\.nii\.gz.*there already.*--overwrite/s,
  );
  await refuseLosses(cases, targets, { overwrite: true });
});

it("never writes over an image, whatever way leads to it", async () => {
  const mask = file("y_mask.nii.gz");
  const cases = [item("y", file("y.nii.gz")), item("y_mask", mask)];
  await expect(refuseLosses(cases, targets, { overwrite: true })).rejects.toThrow(/one of the images/);
  const link = join(folder, "z.nii.gz");
  symlinkSync(mask, link);
  await expect(refuseLosses([item("y", link)], targets, { overwrite: true })).rejects.toThrow(
    /y_mask\.nii\.gz.*one of the images/s,
  );
});
