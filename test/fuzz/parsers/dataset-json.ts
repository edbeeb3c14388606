/** `dataset.json` of the Medical Segmentation Decathlon and of nnU-Net, in a folder with two cases. */
import { mkdirSync } from "node:fs";
import { openDataset } from "../../../src/dataset/index.js";
import { fixture } from "../fixtures.js";
import { pick } from "../mutations.js";
import type { OpenParser } from "../parser.js";
import { changedText } from "./json-changes.js";
import { Scratch } from "./scratch.js";

const documents: readonly object[] = [
  {
    name: "Liver",
    licence: "CC0",
    modality: { "0": "CT" },
    labels: { "0": "background", "1": "liver", "2": "tumour" },
    numTraining: 2,
    training: [
      { image: "./imagesTr/a_0000.nii", label: "./labelsTr/a.nii" },
      { image: "./imagesTr/b_0000.nii", label: "./labelsTr/b.nii" },
    ],
    test: ["./imagesTs/c.nii"],
  },
  {
    channel_names: { "0": "CT" },
    labels: { background: 0, liver: 1, tumour: [1, 2] },
    regions_class_order: [1, 2],
    numTraining: 2,
    file_ending: ".nii",
    license: "CC0",
  },
];

export async function open(): Promise<OpenParser> {
  const scratch = new Scratch();
  for (const folder of ["imagesTr", "labelsTr"]) mkdirSync(`${scratch.folder}/${folder}`);
  for (const id of ["a", "b"]) {
    scratch.write(`imagesTr/${id}_0000.nii`, fixture("nifti/dims-1x1x1.nii"));
    scratch.write(`labelsTr/${id}.nii`, fixture("nifti/dims-1x1x1.nii"));
  }
  return {
    seeds: documents.map((document) => Buffer.from(JSON.stringify(document, null, 1))),
    async read(bytes) {
      scratch.write("dataset.json", bytes);
      await openDataset(scratch.folder, { modality: "CT" });
    },
    grammar: (random) => Buffer.from(changedText(pick(documents, random), random)),
    close: async () => scratch.remove(),
  };
}
