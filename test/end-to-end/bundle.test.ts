/** The real binary from data to a bundle that is passed on, and `predict` without naming one. */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { readVolumeFile } from "../../src/dataset/index.js";
import { shippedBundle } from "../../src/run/bundle-folder.js";
import { binary, type Outcome, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg } = workplace;
const shipped = join(folder, "shipped");
const json = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));

/** A configuration whose datasets are relative to the folder of the data. */
function configured(output: string): string {
  const path = workplace.configuration(output);
  const settings = parse(readFileSync(path, "utf8"));
  const datasets = settings.datasets.map((dataset: { folder: string }) => ({
    ...dataset,
    folder: dataset.folder.replace("data/", ""),
    licence: "CC0",
    source: "The phantoms' makers",
  }));
  writeFileSync(path, stringify({ ...settings, datasets }));
  return path;
}

const make = (output: string, ...more: string[]): Promise<Outcome> =>
  sureseg(
    "bundle",
    configured(output),
    "--data",
    "data",
    "--out",
    output === "run" ? shipped : `${output}-out`,
    "--quiet",
    ...more,
  );

let made: Outcome;

beforeAll(async () => {
  await workplace.fill();
  made = await make("run", "--foreign", join("data", "foreign_breast_us"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a bundle to pass on", () => {
  it("is trained, measured and written with its card: data, attribution, figures", () => {
    expect(made.status, made.stderr).toBe(0);
    expect(made.stdout).toMatch(
      /half precision: Dice falls by at most -?0\.\d{4} .*, \d+ other verdicts; shipped in (half|single) precision/,
    );
    expect(made.stdout.trim().split("\n").at(-1)).toBe(shipped);
    const card = json("shipped", "card.json");
    expect(card.data[0]).toMatchObject({ licence: "CC0", source: "The phantoms' makers" });
    const measured = (dataset: string): string[] =>
      card.metrics
        .filter((row: { dataset: string }) => row.dataset === dataset)
        .map(({ metric }: { metric: string }) => metric);
    for (const dataset of ["phantom_liver_ct", "phantom_kidneys_mr_t2"]) {
      expect(measured(dataset)).toEqual([
        "Dice",
        "HD95 (mm)",
        "ASSD (mm)",
        "ECE",
        "Called foreign, by the guard that they did not calibrate yet (share of images)",
      ]);
    }
    expect(measured("foreign_breast_us")).toEqual(["Called foreign (share of images)"]);
    expect(measured("all datasets")).toEqual([
      "AUROC of foreign against held-out images, by the guard that they did not calibrate yet",
    ]);
    const text = readFileSync(join(shipped, "card.md"), "utf8");
    expect(text).toContain("| phantom_liver_ct | Dice |");
    expect(text).toContain("The phantoms' makers");
  });

  it("is calibrated on the measured test images too, which the run's own bundle is not", () => {
    const calibrating = (...at: string[]): number => json(...at, "guard.json").calibration.images.length;
    expect(calibrating("shipped")).toBeGreaterThan(calibrating("run", "bundle"));
    expect(readFileSync(join(shipped, "card.md"), "utf8")).toMatch(
      /calibrated on \| validation and test images/,
    );
    expect(json("run", "evaluation.json").cases.length).toBeGreaterThan(0);
  });

  it("is called by channel names that are true for all its datasets", () => {
    expect(json("shipped", "labels.json").inputChannels).toEqual(["CT or MR"]);
  });

  it("segments and judges as the network in single precision does", async () => {
    const images = ["case_01", "case_02"].map((name) =>
      join("data", "phantom_liver_ct", "imagesTr", `${name}.nii.gz`),
    );
    const verdicts = [];
    const masks = [];
    for (const [bundle, out] of [
      [shipped, "by-shipped"],
      [join("run", "bundle"), "by-single"],
    ] as const) {
      const { status, stdout, stderr } = await sureseg(
        "predict",
        bundle,
        ...images,
        "--modality",
        "CT",
        "--out",
        out,
        "--json",
        "--quiet",
      );
      expect([0, 3], stderr).toContain(status);
      verdicts.push(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      );
      masks.push(await readVolumeFile(join(folder, out, "case_01_mask.nii.gz")));
    }
    // Each part by itself: put together, they are standardised by the images that calibrate, which are not the same.
    type Judged = { parts: { signature: { measure: number } } };
    const [ours, theirs] = verdicts as [Judged[], Judged[]];
    for (const [at, { parts }] of ours.entries()) {
      const { measure } = theirs[at]!.parts.signature;
      expect(Math.abs(parts.signature.measure / measure - 1)).toBeLessThan(0.02);
    }
    const [one, other] = masks.map(({ data }) => data) as [Uint8Array, Uint8Array];
    expect(one.filter((value, at) => value !== other[at]).length).toBeLessThan(0.002 * one.length);
  });

  it("is half as large where half precision holds, and leaves nothing else in the run", () => {
    const [small, large] = [shipped, join(folder, "run", "bundle")].map(
      (path) => statSync(join(path, "model.onnx")).size,
    );
    if (/shipped in half/.test(made.stdout)) expect(small!).toBeLessThan(0.7 * large!);
    else expect(small).toBe(large);
    expect(readdirSync(join(folder, "run")).filter((name) => /half|partial|shipped/.test(name))).toEqual([]);
  });

  it("interrupted and resumed ends with the same bundle", async () => {
    const path = configured("interrupted");
    const args = ["bundle", path, "--data", "data", "--out", "again"];
    const child = spawn(process.execPath, [binary, ...args], { cwd: folder });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes("training (12 updates)") && !child.killed) child.kill("SIGINT");
    });
    const status = await new Promise((done) => child.on("close", done));
    expect(status).toBe(130);
    expect(said).toContain("--resume");
    const resumed = await sureseg(...args, "--resume", "--quiet");
    expect(resumed.status, resumed.stderr).toBe(0);
    for (const part of ["model.onnx", "calibration.json"])
      expect(readFileSync(join(folder, "again", part)).equals(readFileSync(join(shipped, part)))).toBe(true);
  });
});

it("without its data it says so in one sentence, with how to name them", async () => {
  const { status, stderr } = await sureseg("bundle", configured("nothing"), "--data", "nowhere", "--quiet");
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error: nowhere: found no such folder, expected the folder that holds the datasets .*--data or .*SURESEG_DATA\.\n$/,
  );
  expect(existsSync(join(folder, "nothing"))).toBe(false);
});

it("does not write among files that are no bundle", async () => {
  mkdirSync(join(folder, "letters"));
  writeFileSync(join(folder, "letters", "a.txt"), "dear");
  const { status, stderr } = await sureseg(
    "bundle",
    configured("run"),
    "--data",
    "data",
    "--out",
    "letters",
    "--quiet",
  );
  expect(status).toBe(1);
  expect(stderr).toContain("letters: found a folder with 1 file in it");
});

describe("evaluate", () => {
  it("writes its figures onto the card of the run's own bundle, and names the bundle as it then is", async () => {
    const before = json("run", "bundle", "card.json");
    expect(before.metrics).toEqual([]);
    expect(readFileSync(join(folder, "run", "bundle", "card.md"), "utf8")).toContain("Not measured yet");
    const { status, stderr } = await sureseg("evaluate", "run", "--quiet");
    expect(status, stderr).toBe(0);
    expect(stderr).toBe("");
    const after = json("run", "bundle", "card.json");
    expect(after.metrics.length).toBe(10);
    expect({ ...after, metrics: [] }).toEqual(before);
    const predicted = await sureseg(
      "guard",
      "check",
      join("run", "bundle"),
      join("data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz"),
      "--json",
      "--quiet",
    );
    expect(JSON.parse(predicted.stdout).bundle.fingerprint).toBe(json("run", "evaluation.json").bundle);
  });
});

describe("predict without naming a bundle", () => {
  const image = join("data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz");

  it("takes the first word for the bundle where it is one, --bundle before that, and never another word", async () => {
    const named = await sureseg("guard", "check", shipped, image, "--modality", "CT", "--json", "--quiet");
    const chosen = await sureseg(
      "guard",
      "check",
      image,
      "--bundle",
      shipped,
      "--modality",
      "CT",
      "--json",
      "--quiet",
    );
    expect([0, 3], named.stderr).toContain(named.status);
    expect(chosen.stdout).toBe(named.stdout);
  });

  it("refuses a first word that is neither bundle nor image before any work: a mistyped bundle hands nothing to another", async () => {
    for (const [word, found] of [
      ["shiped", "no such file or folder"],
      ["letters", "a folder with neither manifest.json nor DICOM files"],
    ] as const) {
      const { status, stdout, stderr } = await sureseg("guard", "check", word, image, "--quiet");
      expect(status).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toContain(`${word}: found ${found}, expected the folder of a bundle, or an image`);
    }
  });

  it("a damaged bundle is a damaged bundle, and one without an image wants one", async () => {
    cpSync(shipped, join(folder, "damaged"), { recursive: true });
    rmSync(join(folder, "damaged", "manifest.json"));
    const damaged = await sureseg("guard", "check", "damaged", image, "--quiet");
    expect(damaged.stderr).toMatch(/^error: bundle: found .* expected a folder with manifest\.json/);
    const alone = await sureseg("predict", shipped, "--quiet");
    expect(alone.stderr).toContain("found a bundle and no image");
    expect(alone.status).toBe(1);
  });

  it("says what the image is taken for where nobody says, and then judges it as that", async () => {
    const guessed = await sureseg("guard", "check", shipped, image, "--json", "--quiet");
    expect(guessed.stderr).toMatch(
      /^warning: .*nobody says what the image is; it is taken for (CT|MR), .*training images \(of CT, MR\)/,
    );
    const { warnings, ...verdict } = JSON.parse(guessed.stdout);
    const modality = /taken for (CT|MR)/.exec(guessed.stderr)![1]!;
    const said = await sureseg("guard", "check", shipped, image, "--modality", modality, "--json", "--quiet");
    const { warnings: none, ...same } = JSON.parse(said.stdout);
    expect(verdict).toEqual(same);
    expect([warnings.length, none.length]).toEqual([1, 0]);
  });

  it("takes the bundle that comes with sureseg, or says that there is none", async () => {
    const { stdout, stderr } = await sureseg(
      "guard",
      "check",
      image,
      "--modality",
      "CT",
      "--json",
      "--quiet",
    );
    const own = shippedBundle();
    if (own === undefined)
      expect(stderr).toMatch(/^error: bundle: found none, and this copy of sureseg comes without one/);
    else
      expect(JSON.parse(stdout).bundle.name).toBe(
        JSON.parse(readFileSync(join(own, "card.json"), "utf8")).name,
      );
  });
});
