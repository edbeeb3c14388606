/** `datasets inspect` on the real binary: folders that are not as they should be, and work that is interrupted. */
import { spawn } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeVolume } from "../../src/sources/index.js";
import { affineFromSpacing, type Shape, type Volume } from "../../src/volume/index.js";
import { binary, Workplace } from "./workplace.js";

const { folder, sureseg } = new Workplace();
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function put(name: string, volume: Volume): Promise<void> {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), await writeVolume(volume, name));
}

function scan(shape: Shape, mm = 1): Volume {
  const data = Int16Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, index) => index % 251);
  return { shape, channels: 1, affine: affineFromSpacing([mm, mm, mm]), data };
}

const mask = (shape: Shape): Volume => ({
  ...scan(shape),
  data: new Uint8Array(shape[0] * shape[1] * shape[2]).fill(1, 0, 100),
});

const small: Shape = [8, 9, 10];

beforeAll(async () => {
  for (const name of ["a", "b", "c"]) {
    await put(`good/images/${name}.nii`, scan(small));
    await put(`good/labels/${name}.nii`, mask(small));
  }
});

describe("inspect", () => {
  it("says of a folder that does not exist just that", async () => {
    const { status, stderr } = await sureseg("datasets", "inspect", "nowhere", "--quiet");
    expect(status).toBe(1);
    expect(stderr).toContain("nowhere: found no such folder, expected the folder of a dataset");
  });

  it("prints what it found although its picture cannot be written", async () => {
    mkdirSync(at("good.png"));
    const unasked = await sureseg("datasets", "inspect", "good", "--quiet");
    expect(unasked.stdout).toMatch(/^good: 3 cases.*\n {2}c: 8x9x10 voxels.*\nno errors\n$/s);
    expect(unasked.stderr).toMatch(/^warning: no picture: .*good\.png: found /);
    expect(unasked.status).toBe(0);
    const asked = await sureseg("datasets", "inspect", "good", "--quiet", "--picture", "good.png");
    expect(asked.stdout).toBe(unasked.stdout);
    expect(asked.stderr).toMatch(/^error: .*good\.png: found /);
    expect(asked.status).toBe(1);
    rmSync(at("good.png"), { recursive: true });
  });

  it("lists a subjects file that does not suit the folder beside all else", async () => {
    const csv = at("people.csv");
    writeFileSync(csv, "dataset,case,subject\ngood,a.nii,p1\ngood,b,p1\n");
    const inspect = () =>
      sureseg("datasets", "inspect", "good", "--quiet", "--no-picture", "--subjects", csv);
    const wrong = await inspect();
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toMatch(
      /error: good \(.*people\.csv\): found rows that match no case of good: a\.nii \(the case is called a\); no row for these cases of good: a, c,/,
    );
    expect(wrong.stdout).toContain("  c: 8x9x10 voxels");
    writeFileSync(csv, "dataset,case,subject\ngood,a,p1\ngood,b,p1\ngood,c,p2\nother,x,p3\n");
    const right = await inspect();
    expect(right.stdout).toContain("subjects: 2\n");
    expect(right.status).toBe(0);
  });

  it("warns of a voxel size that stands out, and goes on after two files of one name", async () => {
    for (const name of ["a", "b", "c"]) await put(`odd/images/${name}.nii`, scan(small, 0.94));
    await put("odd/images/d.nii", scan(small));
    await put("odd/images/c.nii.gz", scan(small));
    const { status, stdout } = await sureseg("datasets", "inspect", "odd", "--quiet", "--no-picture");
    expect(stdout).toMatch(/warning: d \(.*d\.nii\): voxels of 1 mm .* other cases have about 0\.94/);
    expect(stdout).toMatch(/error: c \(.*\): found 2 files of this name: c\.nii, c\.nii\.gz/);
    expect(stdout).toContain("1 error: training would refuse");
    expect(status).toBe(1);
  });

  it("says of a case that its header leaves the place open", async () => {
    await put("placeless/images/a.nii", scan(small));
    const bytes = readFileSync(at("placeless/images/a.nii"));
    bytes.writeInt16LE(0, 252); // qform_code
    bytes.writeInt16LE(0, 254); // sform_code
    writeFileSync(at("placeless/images/a.nii"), bytes);
    const { stdout } = await sureseg("datasets", "inspect", "placeless", "--quiet", "--no-picture");
    expect(stdout).toMatch(/warning: a \(.*a\.nii\): its header does not say where it lies/);
  });

  it("says that training would refuse a folder without labels", async () => {
    await put("bare/images/a.nii", scan(small));
    const { status, stdout } = await sureseg("datasets", "inspect", "bare", "--quiet", "--no-picture");
    expect(stdout).toContain("no errors, but no labels either: training would refuse this folder");
    expect(status).toBe(0);
  });

  it("takes one modality for all channels, or one for each", async () => {
    const ask = (modality: string) =>
      sureseg("datasets", "inspect", "good", "--quiet", "--no-picture", "--modality", modality);
    expect((await ask("PET")).stdout).toContain("3 cases, PET, layout plain");
    const two = await ask("CT,PET");
    expect(two.stderr).toMatch(/found 2 modalities \(CT, PET\), expected 1, one for each channel/);
    const wrong = await ask("X-ray");
    expect(wrong.stderr).toContain("Allowed choices are CT, MR, PET, US, other");
    expect(wrong.status).toBe(2);
  });

  it("stops at Ctrl-C, between two of 300 cases", async () => {
    await put("many/images/case_000.nii", scan([96, 96, 64]));
    for (let index = 1; index < 300; index++) {
      const name = `case_${String(index).padStart(3, "0")}.nii`;
      linkSync(at("many", "images", "case_000.nii"), at("many", "images", name));
    }
    const child = spawn(process.execPath, [binary, "datasets", "inspect", "many"], { cwd: folder });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.once("data", () => child.kill("SIGINT"));
    const status = await new Promise((done) => child.on("close", done));
    expect(status).toBe(130);
    expect(stdout).toBe("");
    expect(existsSync(at("many.png"))).toBe(false);
  });
});
