import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { Modality } from "../volume/index.js";
import { layouts } from "./layouts/index.js";
import { openDataset } from "./open-dataset.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-layouts-"));
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(root, "case-")), "Task_liver");
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Makes files below the dataset's folder; finding them needs no content. */
function files(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
}

const json = (content: unknown): void =>
  writeFileSync(
    join(folder, "dataset.json"),
    typeof content === "string" ? content : JSON.stringify(content),
  );

const msd = {
  modality: { 0: "CT" },
  labels: { 0: "background", 1: "liver", 2: "tumour" },
  licence: "CC-BY-SA 4.0",
  training: [
    { image: "./imagesTr/liver_1.nii.gz", label: "./labelsTr/liver_1.nii.gz" },
    { image: "./imagesTr/liver_2.nii.gz" },
  ],
};
const nnunet = { channel_names: { 0: "T1", 1: "T2" }, labels: { background: 0, liver: 1, tumour: 2 } };

async function expectRefusal(work: Promise<unknown>, message: RegExp): Promise<void> {
  const failure = await work.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toMatch(message);
}

describe("Medical Segmentation Decathlon", () => {
  it("is read as dataset.json says: files, label names, modality, licence", async () => {
    json(msd);
    expect(await openDataset(folder)).toEqual({
      name: "Task_liver",
      folder,
      layout: "msd",
      modalities: ["CT"],
      channelNames: ["CT"],
      labels: { liver: 1, tumour: 2 },
      regions: {},
      licence: "CC-BY-SA 4.0",
      strayLabels: [],
      cases: [
        {
          id: "liver_1",
          subject: "Task_liver/liver_1",
          modalities: ["CT"],
          images: [join(folder, "imagesTr/liver_1.nii.gz")],
          label: join(folder, "labelsTr/liver_1.nii.gz"),
        },
        {
          id: "liver_2",
          subject: "Task_liver/liver_2",
          modalities: ["CT"],
          images: [join(folder, "imagesTr/liver_2.nii.gz")],
          label: undefined,
        },
      ],
    });
  });

  it("has one file with every channel", async () => {
    json({ ...msd, modality: { 0: "T2", 1: "ADC" } });
    const { channelNames, modalities, cases } = await openDataset(folder);
    expect(channelNames).toEqual(["T2", "ADC"]);
    expect(modalities).toEqual(["MR", "MR"]);
    expect(cases[0]?.images).toHaveLength(1);
  });

  it.each([
    ["no labels", { ...msd, labels: undefined }, /dataset\.json, field labels: found nothing/],
    ["a list of labels", { ...msd, labels: [1] }, /field labels/],
    ["labels of another layout", { ...msd, labels: { background: 0, liver: 1 } }, /field labels/],
    ["no modality", { ...msd, modality: undefined }, /field modality: found nothing/],
    ["a list for a modality", { ...msd, modality: ["CT"] }, /field modality: found \["CT"\]/],
    ["a case without an image", { ...msd, training: [{ label: "a.nii" }] }, /training\[0\]/],
    ["a case that is nothing", { ...msd, training: [null] }, /training\[0\]/],
    ["no case", { ...msd, training: [] }, /found no image/],
    ["no channel", { ...msd, modality: {} }, /field modality: found no channel/],
    [
      "channels that do not count from 0",
      { ...msd, modality: { 1: "T1", 2: "T2" } },
      /modality: found the keys 1, 2/,
    ],
    ["an image without a name", { ...msd, training: [{ image: "imagesTr/.nii.gz" }] }, /training\[0\]/],
    ["a label that is no path", { ...msd, training: [{ image: "a.nii", label: 5 }] }, /training\[0\]/],
    [
      "one name for two values",
      { ...msd, labels: { 1: "kidney", 2: "kidney" } },
      /labels\.2: found the name kidney, which 1 has too/,
    ],
    [
      "a path upwards",
      { ...msd, training: [{ image: "../other/a.nii.gz" }] },
      /training\[0\]: found the path "\.\.\/other/,
    ],
    ["a path up and down", { ...msd, training: [{ image: "imagesTr/../../a.nii.gz" }] }, /training\[0\]/],
    [
      "an absolute path",
      { ...msd, training: [{ image: "/etc/passwd" }] },
      /training\[0\].*below the dataset's folder/,
    ],
    ["a label outside", { ...msd, training: [{ image: "a.nii", label: "../a.nii" }] }, /training\[0\]/],
  ])("with %s, is refused with the field's name", async (_, content, message) => {
    json(content);
    await expectRefusal(openDataset(folder), message);
  });
});

describe("links in a Decathlon folder", () => {
  it("that lead outside are a fault of the case; inside, and for the folder itself, they are not", async () => {
    files("imagesTr/own.nii.gz", "../secret.nii.gz");
    symlinkSync(join(folder, "imagesTr/own.nii.gz"), join(folder, "imagesTr/linked.nii.gz"));
    symlinkSync(join(folder, "../secret.nii.gz"), join(folder, "imagesTr/leaving.nii.gz"));
    const names = ["own", "linked", "leaving", "missing"];
    json({ ...msd, training: names.map((name) => ({ image: `imagesTr/${name}.nii.gz` })) });
    const link = join(folder, "../link");
    symlinkSync(folder, link);
    for (const path of [folder, link]) {
      const { cases } = await openDataset(path);
      expect(cases.map(({ fault }) => fault?.found)).toEqual([
        undefined,
        undefined,
        "a link to a file outside the dataset's folder",
        undefined,
      ]);
    }
  });
});

describe("nnU-Net v2", () => {
  it("has a file for each channel, in the order of the channels, and labels by name", async () => {
    json(nnunet);
    files(
      "imagesTr/liver_002_0001.nii.gz",
      "imagesTr/liver_002_0000.nii.gz",
      "imagesTr/liver_001_0000.nii.gz",
      "imagesTr/liver_001_0001.nii.gz",
      "imagesTr/notes.txt",
      "imagesTr/.hidden_0000.nii.gz",
      "labelsTr/liver_001.nii.gz",
    );
    const dataset = await openDataset(folder);
    expect(dataset).toMatchObject({
      layout: "nnunet",
      modalities: ["MR", "MR"],
      channelNames: ["T1", "T2"],
      labels: { liver: 1, tumour: 2 },
    });
    const image = (name: string): string => join(folder, "imagesTr", name);
    expect(dataset.cases).toEqual([
      {
        id: "liver_001",
        subject: "Task_liver/liver_001",
        modalities: ["MR", "MR"],
        images: [image("liver_001_0000.nii.gz"), image("liver_001_0001.nii.gz")],
        label: join(folder, "labelsTr/liver_001.nii.gz"),
      },
      {
        id: "liver_002",
        subject: "Task_liver/liver_002",
        modalities: ["MR", "MR"],
        images: [image("liver_002_0000.nii.gz"), image("liver_002_0001.nii.gz")],
        label: undefined,
      },
    ]);
  });

  it("names the values of a region that have no name of their own", async () => {
    json({ ...nnunet, labels: { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3 } });
    files("imagesTr/a_0000.nii.gz");
    const { labels, regions } = await openDataset(folder);
    expect(labels).toEqual({ "whole (1)": 1, "whole (2)": 2, enhancing: 3 });
    expect(regions).toEqual({ whole: [1, 2, 3], core: [2, 3] });
  });

  it("refuses a label for voxels to be ignored, and two names for one value", async () => {
    files("imagesTr/a_0000.nii.gz");
    json({ ...nnunet, labels: { background: 0, liver: 1, ignore: 2 } });
    await expectRefusal(
      openDataset(folder),
      /labels\.ignore: found the label 2 for voxels that nobody annotated/,
    );
    json({ ...nnunet, labels: { background: 0, liver: 1, tumour: 1 } });
    await expectRefusal(openDataset(folder), /labels\.tumour: found the value 1, which liver has too/);
  });

  it.each<[string, string[], string | undefined]>([
    ["every channel", ["a_0000.nii.gz", "a_0001.nii.gz"], undefined],
    ["all channels in one file", ["a.nii.gz"], undefined],
    ["a gap", ["a_0000.nii.gz", "a_0002.nii.gz"], "the files a_0000.nii.gz, a_0002.nii.gz"],
    ["no first channel", ["a_0001.nii.gz", "a_0002.nii.gz"], "the files a_0001.nii.gz, a_0002.nii.gz"],
    ["the second channel alone", ["a_0001.nii.gz"], "the files a_0001.nii.gz"],
    [
      "one too many",
      ["a_0000.nii", "a_0001.nii", "a_0002.nii"],
      "the files a_0000.nii, a_0001.nii, a_0002.nii",
    ],
    ["a channel twice", ["a_0000.nii", "a_0000.nii.gz"], "the files a_0000.nii, a_0000.nii.gz"],
    ["a whole file beside a channel", ["a.nii", "a_0001.nii"], "the files a.nii, a_0001.nii"],
  ])("finds a case with %s right or at fault, and no other case with it", async (_, names, found) => {
    json(nnunet);
    files(...[...names, "b_0000.nii", "b_0001.nii"].map((name) => `imagesTr/${name}`));
    const { cases } = await openDataset(folder);
    expect(cases.map(({ id, fault }) => [id, fault?.found])).toEqual([
      ["a", found],
      ["b", undefined],
    ]);
  });

  it.each([[-1], [1.5], ["one"], [[1, "two"]]])("refuses the label value %j", async (value) => {
    json({ ...nnunet, labels: { background: 0, liver: value } });
    files("imagesTr/a_0000.nii.gz");
    await expectRefusal(openDataset(folder), /dataset\.json, field labels\.liver/);
  });

  it("without images, says where it looked for", async () => {
    json(nnunet);
    await expectRefusal(
      openDataset(folder),
      /Task_liver: found no image, expected images laid out as nnunet/,
    );
  });
});

describe("plain folders", () => {
  it("pair images and labels by name, packed or not", async () => {
    files("images/b.nii", "images/a.nii.gz", "images/readme.txt", "labels/a.nii", "labels/other.nii.gz");
    const dataset = await openDataset(folder, { modality: "US" });
    expect(dataset).toMatchObject({
      layout: "plain",
      modalities: ["US"],
      channelNames: ["image"],
      labels: {},
    });
    expect(dataset.cases).toEqual([
      {
        id: "a",
        subject: "Task_liver/a",
        modalities: ["US"],
        images: [join(folder, "images/a.nii.gz")],
        label: join(folder, "labels/a.nii"),
      },
      {
        id: "b",
        subject: "Task_liver/b",
        modalities: ["US"],
        images: [join(folder, "images/b.nii")],
        label: undefined,
      },
    ]);
  });

  it.each([
    ["plain", "images/a.nii", "labels/A.nii"],
    ["nnunet", "imagesTr/a_0000.nii", "labelsTr/A.nii"],
  ])("%s: a label of no image's name is listed", async (layout, image, label) => {
    json({ ...nnunet, channel_names: { 0: "CT" } });
    files(image, label);
    const { strayLabels, cases } = await openDataset(folder, { layout });
    expect(strayLabels).toEqual([join(folder, label)]);
    expect(cases.map((item) => item.label)).toEqual([undefined]);
  });

  it("say nothing of the modality", async () => {
    files("images/a.nii.gz");
    expect((await openDataset(folder)).modalities).toEqual(["other"]);
  });

  it("with two files of one name have a case at fault, not a guess", async () => {
    files(
      "images/a.nii",
      "images/a.nii.gz",
      "images/b.nii",
      "labels/b.nii",
      "labels/b.nii.gz",
      "images/c.nii",
    );
    const { cases } = await openDataset(folder);
    expect(cases.map(({ id, fault }) => [id, fault?.found])).toEqual([
      ["a", "2 files of this name: a.nii, a.nii.gz"],
      ["b", "2 files of this name: b.nii, b.nii.gz"],
      ["c", undefined],
    ]);
  });
});

describe("every layout", () => {
  it.each([
    ["CT", "CT"],
    ["MRI T1", "MR"],
    ["FLAIR", "MR"],
    ["PET SUV", "PET"],
    ["ultrasound", "US"],
    ["noNorm", "other"],
    ["ct_venous", "CT"],
    ["direct", "other"],
    ["PET/CT", "other"],
    ["t1ce", "MR"],
  ])("knows from the channel name %s that the modality is %s", async (channel, modality) => {
    json({ ...msd, modality: { 0: channel } });
    expect((await openDataset(folder)).modalities).toEqual([modality]);
    json({ ...nnunet, channel_names: { 0: channel } });
    files("imagesTr/a_0000.nii.gz");
    expect((await openDataset(folder)).modalities).toEqual([modality]);
  });

  it("has one modality for each channel, from the channel's own name or as it is told", async () => {
    json({ ...nnunet, channel_names: { 0: "CT", 1: "PET", 2: "noNorm" } });
    files("imagesTr/a_0000.nii.gz");
    const modalitiesAs = async (modality?: Modality | Modality[]) =>
      (await openDataset(folder, { modality })).modalities;
    expect(await modalitiesAs()).toEqual(["CT", "PET", "other"]);
    expect(await modalitiesAs("MR")).toEqual(["MR", "MR", "MR"]);
    expect(await modalitiesAs(["MR"])).toEqual(["MR", "MR", "MR"]);
    expect(await modalitiesAs(["PET", "CT", "MR"])).toEqual(["PET", "CT", "MR"]);
    await expectRefusal(
      modalitiesAs(["CT", "PET"]),
      /modality of .*found 2 modalities \(CT, PET\), expected 3/,
    );
  });

  it("has one case of a name: another one is at fault", async () => {
    const training = ["one/a.nii", "two/a.nii.gz", "two/b.nii"].map((image) => ({ image }));
    json({ ...msd, training });
    const { cases } = await openDataset(folder);
    expect(cases.map(({ fault }) => fault?.found)).toEqual([
      undefined,
      expect.stringContaining("the name of a case twice (a, as "),
      undefined,
    ]);
  });

  it("takes subjects from a file, and lets cases be their own only where that is said", async () => {
    files("images/a.nii.gz", "images/b.nii.gz");
    const file = join(folder, "people.csv");
    writeFileSync(file, "dataset,case,subject\nTask_liver,a,p7\n");
    const { cases } = await openDataset(folder, { subjects: { file, missing: "own" } });
    expect(cases.map(({ subject }) => subject)).toEqual(["p7", "Task_liver/b"]);
    await expectRefusal(
      openDataset(folder, { subjects: { file, missing: "refuse" } }),
      /people\.csv: found no row for these cases of Task_liver: b/,
    );
  });

  it("can be asked for by name, and takes another name and modality", async () => {
    json(msd);
    files("images/a.nii.gz");
    expect((await openDataset(folder)).layout).toBe("msd");
    const dataset = await openDataset(folder, { layout: "plain", name: "mine", modality: "MR" });
    expect(dataset).toMatchObject({ layout: "plain", name: "mine", modalities: ["MR"] });
    expect(dataset.cases[0]?.subject).toBe("mine/a");
    await expectRefusal(openDataset(folder, { layout: "bids" }), /found the layout name bids/);
  });

  it.each(["msd", "nnunet"])(
    "%s, asked for where it is not, is refused with a field's name",
    async (layout) => {
      files("images/a.nii.gz");
      await expectRefusal(
        openDataset(folder, { layout }),
        /dataset\.json, field (modality|channel_names): found nothing/,
      );
      json({ modality: { 0: "CT" }, labels: {} });
      await expectRefusal(
        openDataset(folder, { layout }),
        /dataset\.json, field (training|channel_names): found nothing/,
      );
    },
  );

  it("is nnU-Net where a converted folder still has the Decathlon's list", async () => {
    json({ ...msd, ...nnunet });
    files("imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz");
    expect((await openDataset(folder)).layout).toBe("nnunet");
  });

  it("is told apart from a folder that is none", async () => {
    await expectRefusal(openDataset(folder), /Task_liver: found no layout that is known/);
    await expectRefusal(
      openDataset(join(folder, "missing")),
      /missing: found no such folder, expected the folder of/,
    );
    files("a.nii.gz");
    await expectRefusal(
      openDataset(join(folder, "a.nii.gz")),
      /a\.nii\.gz: found a file, expected the folder of/,
    );
    expect(layouts.map(({ name }) => name)).toEqual(["msd", "nnunet", "plain"]);
  });

  it("reads a dataset.json that an editor began with a byte order mark", async () => {
    json(`\ufeff${JSON.stringify(msd)}`);
    expect((await openDataset(folder)).cases).toHaveLength(2);
  });

  it("says that a folder of images cannot be read instead of finding none", async () => {
    files("images");
    await expectRefusal(
      openDataset(folder, { layout: "plain" }),
      /images: found a file, expected a folder of image/,
    );
  });

  it.skipIf(process.getuid?.() === 0)("says which folder nobody may read", async () => {
    json(nnunet);
    files("imagesTr/a_0000.nii.gz");
    chmodSync(join(folder, "imagesTr"), 0);
    await expectRefusal(openDataset(folder), /imagesTr: found a folder that cannot be read \(EACCES\)/);
  });

  it.each(["not JSON", "[1]", "null"])("refuses a dataset.json that holds %s", async (text) => {
    json(text);
    await expectRefusal(openDataset(folder), /dataset\.json: found .*expected a JSON object/);
  });
});
