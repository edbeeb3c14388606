import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { layouts, openDataset } from "./open-dataset.js";

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
      modality: "CT",
      channelNames: ["CT"],
      labels: { liver: 1, tumour: 2 },
      licence: "CC-BY-SA 4.0",
      cases: [
        {
          id: "liver_1",
          subject: "Task_liver/liver_1",
          images: [join(folder, "imagesTr/liver_1.nii.gz")],
          label: join(folder, "labelsTr/liver_1.nii.gz"),
        },
        {
          id: "liver_2",
          subject: "Task_liver/liver_2",
          images: [join(folder, "imagesTr/liver_2.nii.gz")],
          label: undefined,
        },
      ],
    });
  });

  it("has one file with every channel", async () => {
    json({ ...msd, modality: { 0: "T2", 1: "ADC" } });
    const { channelNames, modality, cases } = await openDataset(folder);
    expect(channelNames).toEqual(["T2", "ADC"]);
    expect(modality).toBe("MR");
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
  ])("with %s, is refused with the field's name", async (_, content, message) => {
    json(content);
    await expectRefusal(openDataset(folder), message);
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
      modality: "MR",
      channelNames: ["T1", "T2"],
      labels: { liver: 1, tumour: 2 },
    });
    const image = (name: string): string => join(folder, "imagesTr", name);
    expect(dataset.cases).toEqual([
      {
        id: "liver_001",
        subject: "Task_liver/liver_001",
        images: [image("liver_001_0000.nii.gz"), image("liver_001_0001.nii.gz")],
        label: join(folder, "labelsTr/liver_001.nii.gz"),
      },
      {
        id: "liver_002",
        subject: "Task_liver/liver_002",
        images: [image("liver_002_0000.nii.gz"), image("liver_002_0001.nii.gz")],
        label: undefined,
      },
    ]);
  });

  it("names the values of a region that have no name of their own", async () => {
    json({ ...nnunet, labels: { background: 0, whole: [1, 2, 3], core: 2 } });
    files("imagesTr/a_0000.nii.gz");
    const { labels } = await openDataset(folder);
    expect(Object.values(labels).sort()).toEqual([1, 2, 3]);
    expect(labels["whole (1)"]).toBe(1);
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
    expect(dataset).toMatchObject({ layout: "plain", modality: "US", channelNames: ["image"], labels: {} });
    expect(dataset.cases).toEqual([
      {
        id: "a",
        subject: "Task_liver/a",
        images: [join(folder, "images/a.nii.gz")],
        label: join(folder, "labels/a.nii"),
      },
      { id: "b", subject: "Task_liver/b", images: [join(folder, "images/b.nii")], label: undefined },
    ]);
  });

  it("say nothing of the modality", async () => {
    files("images/a.nii.gz");
    expect((await openDataset(folder)).modality).toBe("other");
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
  ])("knows from the channel name %s that the modality is %s", async (channel, modality) => {
    json({ ...msd, modality: { 0: channel } });
    expect((await openDataset(folder)).modality).toBe(modality);
    json({ ...nnunet, channel_names: { 0: channel } });
    files("imagesTr/a_0000.nii.gz");
    expect((await openDataset(folder)).modality).toBe(modality);
  });

  it("can be asked for by name, and takes another name and modality", async () => {
    json(msd);
    files("images/a.nii.gz");
    expect((await openDataset(folder)).layout).toBe("msd");
    const dataset = await openDataset(folder, { layout: "plain", name: "mine", modality: "MR" });
    expect(dataset).toMatchObject({ layout: "plain", name: "mine", modality: "MR" });
    expect(dataset.cases[0]?.subject).toBe("mine/a");
    await expectRefusal(openDataset(folder, { layout: "bids" }), /found the layout name bids/);
  });

  it("is told apart from a folder that is none", async () => {
    await expectRefusal(openDataset(folder), /Task_liver: found no layout that is known/);
    await expectRefusal(openDataset(join(folder, "missing")), /found no layout that is known/);
    expect(layouts.map(({ name }) => name)).toEqual(["msd", "nnunet", "plain"]);
  });

  it("reads a dataset.json that an editor began with a byte order mark", async () => {
    json(`\ufeff${JSON.stringify(msd)}`);
    expect((await openDataset(folder)).cases).toHaveLength(2);
  });

  it.each(["not JSON", "[1]", "null"])("refuses a dataset.json that holds %s", async (text) => {
    json(text);
    await expectRefusal(openDataset(folder), /dataset\.json: found .*expected a JSON object/);
  });
});

describe("subjects", () => {
  const csv = (text: string): string => {
    const path = join(folder, "subjects.csv");
    writeFileSync(path, text);
    return path;
  };

  it("come from a CSV file, for the dataset's own rows; other cases are subjects of their own", async () => {
    files("images/a.nii.gz", "images/b.nii.gz");
    const subjects = csv("subject,case,dataset\r\np7,a,Task_liver\r\np8,b,other\r\n");
    const { cases } = await openDataset(folder, { subjects });
    expect(cases.map(({ subject }) => subject)).toEqual(["p7", "Task_liver/b"]);
  });

  it("may come from a spreadsheet program that begins its files with a byte order mark", async () => {
    files("images/a.nii.gz");
    const subjects = csv("\ufeffdataset,case,subject\nTask_liver,a,p7\n");
    expect((await openDataset(folder, { subjects })).cases[0]?.subject).toBe("p7");
  });

  it("from a file that is missing or lacks a column, are refused", async () => {
    files("images/a.nii.gz");
    await expectRefusal(openDataset(folder, { subjects: join(folder, "none.csv") }), /none\.csv: found no/);
    const subjects = csv("dataset,case\nTask_liver,a\n");
    await expectRefusal(openDataset(folder, { subjects }), /columns dataset, case, expected .*subject/);
  });
});
