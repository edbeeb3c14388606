/** The real binary on real bytes: train, interrupt and resume, evaluate, predict; and what it says when something is wrong. */
import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVolume, writeVolume } from "../../src/sources/index.js";
import { reorient, sameGrid, type Volume } from "../../src/volume/index.js";
import { binary, Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const data = join(folder, "data");
const run = join(folder, "run");
const liver = join(data, "phantom_liver_ct");
const image = (name: string): string => join(liver, "imagesTr", `${name}.nii.gz`);

beforeAll(() => workplace.fill());

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("training, evaluation and prediction", () => {
  it("trains, and leaves plan, log, checkpoints, events and bundle", async () => {
    const { status, stdout, stderr } = await sureseg("train", configuration("run"), "--quiet");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.trim()).toBe(join(run, "bundle"));
    for (const file of [
      "plan.json",
      "configuration.yaml",
      "best.safetensors",
      "last.safetensors",
      "bundle/model.onnx",
      "bundle/card.md",
    ]) {
      expect(existsSync(join(run, file)), file).toBe(true);
    }
    const log = readFileSync(join(run, "log.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(log.map(({ step }) => step)).toEqual([4, 8, 10, 12]);
    expect(readdirSync(join(run, "tensorboard"))).toHaveLength(1);
    expect(readdirSync(run).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("interrupted by Ctrl-C and resumed, ends with the very same weights", async () => {
    const path = configuration("interrupted");
    const child = spawn(process.execPath, [binary, "train", path], { cwd: folder });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes("training (12 updates)") && !child.killed) child.kill("SIGINT");
    });
    const status = await new Promise((done) => child.on("close", done));
    expect(status).toBe(130);
    expect(said).toContain("--resume");
    const resumed = await sureseg("train", path, "--resume");
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(
      /^update 8 of 12, \d+ s left: validation loss \d\.\d{3}, (the best so far|best \d\.\d{3} at update 4); Dice phantom_liver_ct \d\.\d{3}( \(then \d\.\d{3}\))?, phantom_kidneys_mr_t2 \d\.\d{3}( \(then \d\.\d{3}\))?, mean \d\.\d{3}$/m,
    );
    const tensors = (name: string): Buffer => {
      const bytes = readFileSync(join(folder, name, "last.safetensors"));
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    };
    expect(tensors("interrupted").equals(tensors("run"))).toBe(true);
  });

  it("evaluates the held-out volumes and the foreign ones", async () => {
    const { status, stdout, stderr } = await sureseg(
      "evaluate",
      run,
      "--foreign",
      join(data, "foreign_breast_us"),
      "--quiet",
      "--json",
    );
    expect(status, stderr).toBe(0);
    const evaluation = JSON.parse(stdout);
    expect(evaluation.cases).toHaveLength(4);
    expect(evaluation.foreign).toHaveLength(2);
    expect(evaluation.calibration).toHaveLength(4);
    for (const { dice, hd95, volumeMl, referenceMl } of evaluation.cases) {
      // Masks of these sizes overlap by no more; an empty one has no surface.
      expect(referenceMl).toBeGreaterThan(0);
      expect(dice).toBeLessThanOrEqual(
        (2 * Math.min(volumeMl, referenceMl)) / (volumeMl + referenceMl) + 1e-9,
      );
      expect(hd95 === null).toBe(volumeMl === 0);
      if (volumeMl === 0) expect(dice).toBe(0);
    }
    const page = readFileSync(join(run, "report.html"), "utf8");
    for (const part of ["training-curves", "dice", "slices", "reliability", "measures", "signatures"])
      expect(page).toContain(`id="figure-${part}"`);
    expect(page).toContain("foreign_breast_us");
    // A report may be passed on: it says nothing of the computer's folders.
    expect(page).not.toContain(folder);
    const rows = readFileSync(join(run, "accuracy.csv"), "utf8").trim().split("\r\n");
    expect(rows.slice(1).map((row) => row.split(",").slice(0, 2).join("/"))).toEqual(
      evaluation.cases.map((item: { dataset: string; case: string }) => `${item.dataset}/${item.case}`),
    );
    const report = JSON.parse(readFileSync(join(run, "report.json"), "utf8"));
    expect(report.ood.scores).toHaveLength(6);
  });

  it("predicts on the grid of the file, whatever its orientation", async () => {
    const turned = join(folder, "turned.nii.gz");
    const original = await readVolume(readFileSync(image("case_01")), "case");
    writeFileSync(turned, await writeVolume(reorient(original, "PIL"), turned));
    const { status, stdout, stderr } = await sureseg(
      "predict",
      join(run, "bundle"),
      image("case_01"),
      turned,
      "--modality",
      "CT",
      "--out",
      "out",
      "--json",
      "--quiet",
    );
    expect([0, 3], stderr).toContain(status);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.some(({ foreign }) => foreign)).toBe(status === 3);
    const read = async (name: string) => readVolume(readFileSync(join(folder, "out", name)), name);
    const [mask, turnedMask, confidence] = [
      await read("case_01_mask.nii.gz"),
      await read("turned_mask.nii.gz"),
      await read("case_01_confidence.nii.gz"),
    ];
    expect(sameGrid(mask, original)).toBe(true);
    expect(confidence.data.every((value) => value >= 0.5 && value <= 1)).toBe(true);
    const back = reorient(turnedMask, "RAS");
    expect(sameGrid(back, mask)).toBe(true);
    expect(back.data.filter((value, index) => value !== mask.data[index]).length).toBeLessThan(
      mask.data.length * 0.002,
    );
  });

  it("takes the channels of one image as files of their own, or as one file", async () => {
    const two = join(folder, "data", "two");
    for (const part of ["imagesTr", "labelsTr"]) mkdirSync(join(two, part), { recursive: true });
    const labels = { background: 0, liver: 1 };
    writeFileSync(
      join(two, "dataset.json"),
      JSON.stringify({ channel_names: { 0: "CT", 1: "PET" }, labels, file_ending: ".nii.gz" }),
    );
    const names = readdirSync(join(liver, "labelsTr")).map((name) => name.replace(".nii.gz", ""));
    const otherChannel = (volume: Volume): Volume => ({
      ...volume,
      data: Int16Array.from(volume.data, (value, at) => 400 - value / 2 + (at % 7)),
    });
    for (const name of names) {
      copyFileSync(image(name), join(two, "imagesTr", `${name}_0000.nii.gz`));
      const second = otherChannel(await readVolume(readFileSync(image(name)), name));
      writeFileSync(join(two, "imagesTr", `${name}_0001.nii.gz`), await writeVolume(second, "second.nii.gz"));
      copyFileSync(join(liver, "labelsTr", `${name}.nii.gz`), join(two, "labelsTr", `${name}.nii.gz`));
    }
    const datasets = [{ folder: "data/two", organs: { liver: 1 } }];
    const changes = { datasets, split: { validation: 0 } };
    const trained = await sureseg("train", configuration("two", changes), "--quiet");
    expect(trained.status, trained.stderr).toBe(0);
    const one = await readVolume(readFileSync(image("case_01")), "case_01");
    const joined = async (name: string, channels: Volume[]): Promise<string> => {
      const data = Float32Array.from(channels.flatMap((channel) => [...channel.data]));
      const path = join(folder, `${name}.nii.gz`);
      writeFileSync(path, await writeVolume({ ...one, channels: 2, data }, path));
      return path;
    };
    const whole = await joined("whole", [one, otherChannel(one)]);
    const swapped = await joined("swapped", [otherChannel(one), one]);
    const channels = ["0001", "0000"].map((channel) => join(two, "imagesTr", `case_01_${channel}.nii.gz`));
    const predicted = await sureseg(
      ...[
        "predict",
        join(folder, "two", "bundle"),
        ...channels,
        whole,
        swapped,
        "--out",
        "two-out",
        "--quiet",
      ],
    );
    expect([0, 3], predicted.stderr).toContain(predicted.status);
    const result = (name: string, what: string) =>
      readFileSync(join(folder, "two-out", `${name}_${what}.nii.gz`));
    for (const what of ["mask", "confidence"]) {
      expect(result("case_01", what).equals(result("whole", what))).toBe(true);
    }
    expect(result("swapped", "confidence").equals(result("whole", "confidence"))).toBe(false);
    const bundled = JSON.parse(readFileSync(join(folder, "two", "bundle", "labels.json"), "utf8"));
    expect(bundled.modalities).toEqual([["CT", "PET"]]);
    const card = readFileSync(join(folder, "two", "bundle", "card.md"), "utf8");
    expect(card).toMatch(/\| two \| liver \| CT \+ PET \|/);
    const lonely = await sureseg("predict", join(folder, "two", "bundle"), channels[0]!, "--quiet");
    expect(lonely.status).toBe(1);
    expect(lonely.stderr).toMatch(
      /case_01_0001\.nii\.gz: found the files case_01_0001\.nii\.gz, expected one file for each channel/,
    );
  });

  it("writes maps of what an ensemble and mirrored copies disagree on, and leaves mask and verdict as they were", async () => {
    const other = await sureseg("train", configuration("second", { seed: 2 }), "--quiet");
    expect(other.status, other.stderr).toBe(0);
    const ask = (out: string, ...more: string[]) =>
      sureseg(
        "predict",
        join(run, "bundle"),
        image("case_01"),
        "--modality",
        "CT",
        "--out",
        out,
        "--quiet",
        ...more,
      );
    const several = await ask("several", "--flips", "1", "--ensemble", join(folder, "second", "bundle"));
    expect([0, 3], several.stderr).toContain(several.status);
    expect((await ask("alone")).status).toBe(several.status);
    expect(readdirSync(join(folder, "alone")).some((name) => /entropy|information/.test(name))).toBe(false);
    for (const what of ["mask.nii.gz", "verdict.json"]) {
      const [one, two] = ["alone", "several"].map((out) =>
        readFileSync(join(folder, out, `case_01_${what}`)),
      );
      expect(one!.equals(two!)).toBe(true);
    }
    const read = async (what: string) => {
      const name = `case_01_${what}.nii.gz`;
      return readVolume(readFileSync(join(folder, "several", name)), name);
    };
    const [mask, entropy, information] = [
      await read("mask"),
      await read("entropy"),
      await read("mutual-information"),
    ];
    expect(sameGrid(entropy, mask)).toBe(true);
    expect(Math.max(...entropy.data)).toBeLessThanOrEqual(Math.fround(Math.LN2));
    expect(Math.max(...information.data)).toBeGreaterThan(0);
    expect(information.data.every((value, at) => value >= 0 && value <= entropy.data[at]! + 1e-6)).toBe(true);
  });
});

describe("errors", () => {
  const expectError = async (args: string[], text: RegExp, status = 1): Promise<void> => {
    const outcome = await sureseg(...args);
    expect(outcome.stderr).toMatch(text);
    expect(outcome.stderr).not.toContain("defect");
    expect(outcome.status).toBe(status);
  };
  const predictArgs = (path: string): string[] => [
    "predict",
    join(run, "bundle"),
    path,
    "--modality",
    "CT",
    "--out",
    "bad",
    "--quiet",
  ];

  it("usage: exit status 2", async () => {
    await expectError(["predict"], /missing required argument/, 2);
    await expectError(["tran"], /unknown command/, 2);
  });

  it("a wrong configuration key names the field and suggests another", async () => {
    await expectError(
      ["train", configuration("wrong", { update: 3 })],
      /update: unknown field, did you mean updates\?/,
    );
    await expectError(["train", configuration("wrong", { patch: [16, 16] })], /patch/);
    await expectError(["train", join(folder, "none.yaml")], /none.yaml/);
    expect(existsSync(join(folder, "wrong"))).toBe(false);
  });

  it("a layer that the network does not have is refused before training", async () => {
    await expectError(
      ["train", configuration("layerless", { guard: { layers: ["bottlenek"] } }), "--quiet"],
      /guard\.layers: found bottlenek, expected layers of the network: .*bottleneck/,
    );
    expect(existsSync(join(folder, "layerless", "last.safetensors"))).toBe(false);
  });

  it("a bundle with a part missing or altered", async () => {
    const copy = join(folder, "copy");
    cpSync(join(run, "bundle"), copy, { recursive: true });
    writeFileSync(join(copy, "guard.json"), readFileSync(join(copy, "guard.json"), "utf8").replace("1", "2"));
    await expectError(["predict", copy, image("case_01"), "--modality", "CT"], /guard.json.*altered/);
    rmSync(join(copy, "model.onnx"));
    await expectError(
      ["predict", copy, image("case_01"), "--modality", "CT"],
      /model.onnx: found no such file/,
    );
  });

  it("files that are not whole 3-D images, one message each and nothing written", async () => {
    const bytes = readFileSync(image("case_01"));
    const volume = await readVolume(bytes, "case");
    const files: [string, Uint8Array, RegExp][] = [
      ["cut.nii.gz", bytes.subarray(0, bytes.length / 2), /cut.nii.gz/],
      ["text.nii", Buffer.from("not an image"), /text.nii/],
    ];
    const plain = Buffer.from(await writeVolume(volume, "plain.nii"));
    const promise = (i: number, j: number, k: number): Buffer => {
      const changed = Buffer.from(plain);
      [i, j, k].forEach((size, axis) => {
        changed.writeInt16LE(size, 42 + 2 * axis);
      });
      return changed;
    };
    files.push(["huge.nii", promise(30000, 30000, 60), /huge.nii/]);
    files.push(["huge.nii.gz", gzipSync(promise(30000, 30000, 60)), /huge.nii.gz/]);
    files.push(["flat.nii", promise(24, 24, 1).subarray(0, 352 + 24 * 24 * 2), /flat.nii/]);
    const holes = Float32Array.from(volume.data);
    holes[5] = Number.NaN;
    files.push([
      "holes.nii",
      await writeVolume({ ...volume, data: holes }, "holes.nii"),
      /holes.nii.*finite/,
    ]);
    const series = { ...volume, channels: 2, data: Float32Array.from([...volume.data, ...volume.data]) };
    files.push(["series.nii", await writeVolume(series, "series.nii"), /series.nii.*2 channels/]);
    for (const [name, content, text] of files) {
      writeFileSync(join(folder, name), content);
      await expectError(predictArgs(join(folder, name)), text);
    }
    expect(existsSync(join(folder, "bad"))).toBe(false);
  });

  it("broken datasets: inspect names every problem, training refuses with the same", async () => {
    const broken = join(folder, "broken");
    cpSync(liver, broken, { recursive: true });
    const label = (name: string): string => join(broken, "labelsTr", `${name}.nii.gz`);
    writeFileSync(label("case_01"), readFileSync(label("case_01")).subarray(0, 200));
    const volume = await readVolume(readFileSync(label("case_02")), "label");
    writeFileSync(
      label("case_02"),
      await writeVolume({ ...volume, data: new Uint8Array(volume.data.length) }, "x.nii.gz"),
    );
    writeFileSync(
      label("case_03"),
      await writeVolume({ ...volume, data: Uint8Array.from(volume.data, (value) => value * 9) }, "x.nii.gz"),
    );
    copyFileSync(join(data, "phantom_kidneys_mr_t2", "labelsTr", "case_01.nii.gz"), label("case_04"));
    rmSync(label("case_05"));
    const inspected = await sureseg("datasets", "inspect", broken, "--quiet");
    expect(inspected.status).toBe(1);
    for (const text of [
      "error: case_01",
      /case_02 .*empty label/,
      /case_03 .*unknown label value 9/,
      /case_04 .*grid that is not its image's/,
      "error: case_05",
    ]) {
      expect(inspected.stdout).toMatch(text);
    }
    const path = configuration("refused", { datasets: [{ folder: "broken", organs: { liver: [1] } }] });
    const refused = await sureseg("train", path, "--quiet");
    expect(refused.status).toBe(1);
    for (const name of ["case_01", "case_02", "case_03", "case_04", "case_05"])
      expect(refused.stderr).toContain(name);
  });

  it("a good dataset has no errors", async () => {
    const { status, stdout } = await sureseg("datasets", "inspect", liver, "--quiet");
    expect(status).toBe(0);
    expect(stdout).toContain("14 cases, CT, layout msd");
    const picture = decode(readFileSync(join(folder, "phantom_liver_ct.png")));
    expect(picture.width).toBe(1680);
    expect(new Set(picture.data).size).toBeGreaterThan(50);
    const drawn = await sureseg("datasets", "inspect", liver, "--picture", "liver.svg", "--json");
    expect(drawn.status).toBe(0);
    expect(readFileSync(join(folder, "liver.svg"), "utf8").match(/<image /g)).toHaveLength(14);
    await expectError(["datasets", "inspect", liver, "--picture", "liver.txt"], /\.png or \.svg/);
    rmSync(join(folder, "phantom_liver_ct.png"));
    await sureseg("datasets", "inspect", liver, "--no-picture");
    expect(existsSync(join(folder, "phantom_liver_ct.png"))).toBe(false);
    mkdirSync(join(folder, "empty"), { recursive: true });
    await expectError(["datasets", "inspect", join(folder, "empty")], /no layout that is known/);
  });
});
