/** A dataset in NRRD and MetaImage as 3D Slicer and elastix lay it out, and its twin in NIfTI: the same run. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readVolume, writeVolume } from "../../src/sources/index.js";
import { spacingOf, type Volume } from "../../src/volume/index.js";
import { Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const phantoms = join(folder, "data", "phantom_liver_ct");

/** As elastix writes it: a header and the voxels beside it. */
async function writeDetached(volume: Volume, path: string): Promise<void> {
  const { shape, affine, data } = volume;
  const column = (axis: number): number[] => [-affine[axis]!, -affine[4 + axis]!, affine[8 + axis]!];
  const spacing = spacingOf(affine);
  const fields = {
    ObjectType: "Image",
    NDims: 3,
    BinaryData: "True",
    BinaryDataByteOrderMSB: "False",
    CompressedData: "False",
    TransformMatrix: [0, 1, 2]
      .flatMap((axis) => column(axis).map((value) => value / spacing[axis]!))
      .join(" "),
    Offset: column(3).join(" "),
    ElementSpacing: spacing.join(" "),
    DimSize: shape.join(" "),
    ElementType: "MET_SHORT",
    ElementDataFile: `${path.split("/").at(-1)}.raw`,
  };
  const lines = Object.entries(fields).map(([field, value]) => `${field} = ${value}\r\n`);
  writeFileSync(`${path}.mhd`, lines.join(""));
  writeFileSync(`${path}.raw`, new Uint8Array(data.buffer));
}

beforeAll(async () => {
  await workplace.fill();
  for (const part of ["images", "labels"])
    for (const kind of ["text", "nifti"]) mkdirSync(join(folder, kind, part), { recursive: true });
  const names = readdirSync(join(phantoms, "imagesTr")).filter((name) => name.startsWith("case"));
  for (const [index, name] of names.entries()) {
    const image = await readVolume(readFileSync(join(phantoms, "imagesTr", name)), name);
    const label = await readVolume(readFileSync(join(phantoms, "labelsTr", name)), name);
    const whole = { ...image, data: Int16Array.from(image.data, Math.round) };
    const id = name.replace(".nii.gz", "");
    const put = async (path: string, volume: Volume): Promise<void> =>
      writeFileSync(join(folder, path), await writeVolume(volume, path));
    await put(`nifti/images/${name}`, whole);
    await put(`nifti/labels/${name}`, label);
    if (index % 2 === 0) await put(`text/images/${id}.nrrd`, whole);
    else await writeDetached(whole, join(folder, "text", "images", id));
    await put(`text/labels/${id}.seg.nrrd`, label);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The lines about single cases: sizes, orientation, intensities and volumes of organs. */
const casesIn = (inspected: string): string[] =>
  inspected.split("\n").filter((line) => line.startsWith("  case_"));

it("is inspected, trained on, evaluated and predicted like its twin", async () => {
  const measured = [];
  for (const kind of ["text", "nifti"]) {
    const dataset = { folder: kind, name: "liver", organs: { liver: [1] }, modality: "CT" };
    // Spacing, patch and strides are left to the plan.
    const planned = { preparation: undefined, patch: undefined, budget: { patchVoxels: 4096 } };
    const settings = { datasets: [dataset], guard: { alpha: 0.3334 }, ...planned };
    const inspected = await sureseg("datasets", "inspect", kind, "--quiet");
    expect(inspected.status, inspected.stdout + inspected.stderr).toBe(0);
    const trained = await sureseg("train", configuration(`run-${kind}`, settings), "--quiet");
    expect(trained.status, trained.stderr).toBe(0);
    const evaluated = await sureseg("evaluate", `run-${kind}`, "--json", "--quiet");
    expect(evaluated.status, evaluated.stderr).toBe(0);
    measured.push({ cases: JSON.parse(evaluated.stdout).cases, inspected: inspected.stdout });
  }
  const [text, nifti] = measured as [(typeof measured)[0], (typeof measured)[0]];
  expect(text.cases.length).toBeGreaterThan(0);
  expect(text.cases).toEqual(nifti.cases);
  expect(text.cases.every(({ ceiling }: { ceiling: number }) => ceiling > 0.9 && ceiling <= 1)).toBe(true);
  expect(casesIn(text.inspected)).toEqual(casesIn(nifti.inspected));

  const ids = readdirSync(join(folder, "text", "images"));
  const images = [".nrrd", ".mhd"].map((ending) =>
    join("text", "images", ids.find((name) => name.endsWith(ending)) as string),
  );
  const bundle = join("run-text", "bundle");
  const held = (name: string) => JSON.parse(readFileSync(join(folder, "run-text", name), "utf8"));
  const { spacing, antialiasing } = held("bundle/preparation.json");
  expect({ spacing, antialiasing }).toEqual({
    spacing: held("plan.json").resolution.spacing,
    antialiasing: true,
  });
  expect(spacing.policy).toBe("budget");
  for (const image of images) {
    const twin = image.replace("text", "nifti").replace(/\.(nrrd|mhd)$/, ".nii.gz");
    const read = async (out: string): Promise<Volume> => {
      const mask = readdirSync(join(folder, out)).find((name) => name.includes("_mask.")) as string;
      return readVolume(readFileSync(join(folder, out, mask)), mask);
    };
    const masks = [];
    for (const [at, path] of [image, twin].entries()) {
      const out = `out-${at}-${image.split(".").at(-1)}`;
      const { status, stderr } = await sureseg(
        ...["predict", bundle, path, "--modality", "CT", "--quiet", "--out", out],
      );
      expect([0, 3], stderr).toContain(status);
      masks.push(await read(out));
    }
    expect(masks[0]!.data).toEqual(masks[1]!.data);
  }
}, 240_000);
