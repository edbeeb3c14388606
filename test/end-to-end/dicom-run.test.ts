/** A dataset whose images are DICOM series and its twin in NIfTI: the same run, from training to the measured masks. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readVolume, writeVolume } from "../../src/sources/index.js";
import { reorient } from "../../src/volume/index.js";
import { asSeries } from "../phantom-series.js";
import { Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const phantoms = join(folder, "data", "phantom_liver_ct");
const organs = { liver: [1] };

beforeAll(async () => {
  await workplace.fill();
  for (const part of ["images", "labels"])
    for (const kind of ["dicom", "nifti"]) mkdirSync(join(folder, kind, part), { recursive: true });
  const names = readdirSync(join(phantoms, "imagesTr")).filter((name) => name.startsWith("case"));
  for (const [index, name] of names.entries()) {
    const id = name.replace(".nii.gz", "");
    const image = reorient(await readVolume(readFileSync(join(phantoms, "imagesTr", name)), name), "RAS");
    const label = reorient(await readVolume(readFileSync(join(phantoms, "labelsTr", name)), name), "RAS");
    const whole = { ...image, data: Int16Array.from(image.data, Math.round) };
    writeFileSync(join(folder, "nifti", "labels", name), await writeVolume(label, name));
    // As dcm2niix writes what is drawn on a series: the same voxels, the rows turned round.
    writeFileSync(join(folder, "dicom", "labels", name), await writeVolume(reorient(label, "RPS"), name));
    writeFileSync(join(folder, "nifti", "images", name), await writeVolume(whole, name));
    const series = asSeries(whole, `1.2.826.0.1.3680043.8.498.${index + 1}`);
    if (index % 2 === 0) {
      writeFileSync(join(folder, "dicom", "images", `${id}.zip`), zipSync(series));
    } else {
      mkdirSync(join(folder, "dicom", "images", id));
      for (const [slice, bytes] of Object.entries(series))
        writeFileSync(join(folder, "dicom", "images", id, slice), bytes);
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("trains on series and evaluates on them, to the numbers that NIfTI files of the same voxels give", async () => {
  const measured = [];
  for (const kind of ["dicom", "nifti"]) {
    // The dataset's name is part of what is measured, so both go by one.
    const dataset = {
      folder: kind,
      name: "liver",
      organs,
      ...(kind === "nifti" && { modality: "CT" }),
    };
    const settings = { datasets: [dataset], guard: { alpha: 0.3334 } };
    const trained = await sureseg("train", configuration(`run-${kind}`, settings), "--quiet");
    expect(trained.status, trained.stderr).toBe(0);
    const evaluated = await sureseg("evaluate", `run-${kind}`, "--json", "--quiet");
    expect(evaluated.status, evaluated.stderr).toBe(0);
    measured.push(JSON.parse(evaluated.stdout));
  }
  const [dicom, nifti] = measured;
  expect(dicom.cases.length).toBeGreaterThan(0);
  expect(dicom.cases).toEqual(nifti.cases);
});
