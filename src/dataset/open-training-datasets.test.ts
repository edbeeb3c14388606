import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openTrainingDatasets } from "./open-training-datasets.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-training-datasets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with empty files: what opening looks at is their names. */
function folderOf(name: string, ...files: string[]): { folder: string } {
  for (const file of files) {
    const path = join(root, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      file === "dataset.json" ? JSON.stringify({ channel_names: { 0: "CT", 1: "PET" }, labels: {} }) : "",
    );
  }
  return { folder: join(root, name) };
}

const liver = folderOf("liver", "images/a.nii", "images/b.nii", "labels/a.nii");
const heart = folderOf("heart", "images/a.nii", "labels/a.nii");

describe("datasets of one training", () => {
  it("are opened in their order", async () => {
    const names = (await openTrainingDatasets([liver, heart, { ...liver, name: "again" }])).map(
      ({ name }) => name,
    );
    expect(names).toEqual(["liver", "heart", "again"]);
  });

  it("without a labelled case are refused by name, wherever they stand", async () => {
    const foreign = folderOf("foreign", "images/a.nii", "images/b.nii", "labels/other.nii");
    for (const sources of [
      [foreign, liver, heart],
      [liver, foreign, heart],
    ]) {
      await expect(openTrainingDatasets(sources)).rejects.toThrow(
        /foreign: found 2 images and no label file \(dataset foreign, layout plain\), expected labels to train on/,
      );
    }
  });

  it("of one name, or with other channels, are refused", async () => {
    await expect(openTrainingDatasets([liver, { ...heart, name: "liver" }])).rejects.toThrow(
      /the name liver twice/,
    );
    const two = folderOf(
      "two",
      "dataset.json",
      "imagesTr/a_0000.nii",
      "imagesTr/a_0001.nii",
      "labelsTr/a.nii",
    );
    await expect(openTrainingDatasets([liver, two])).rejects.toThrow(/images with 1 and 2 channels/);
  });
});
