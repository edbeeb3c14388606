/** Finds what is in a dataset folder, whatever its layout. */

import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { UserError } from "../base/index.js";
import type { Modality } from "../volume/index.js";
import type { Dataset } from "./dataset.js";
import type { Layout } from "./layouts/layout.js";
import { msd } from "./layouts/msd.js";
import { nnunet } from "./layouts/nnunet.js";
import { plain } from "./layouts/plain.js";

/** Layouts in the order in which they are tried. To add one, write its file and name it here. */
export const layouts: readonly Layout[] = [msd, nnunet, plain];

export interface OpenOptions {
  readonly name?: string;
  readonly layout?: string;
  readonly modality?: Modality;
  /** A CSV file with columns dataset, case, subject. */
  readonly subjects?: string;
}

/** @throws UserError where the folder has no known layout or no case */
export async function openDataset(folder: string, options: OpenOptions = {}): Promise<Dataset> {
  const path = resolve(folder);
  const name = options.name ?? basename(path);
  const layout = await layoutOf(path, options.layout);
  const content = await layout.read(path);
  if (content.cases.length === 0) {
    throw new UserError({
      subject: path,
      found: "no image",
      expected: `images laid out as ${layout.name}`,
      advice: "Put the image files (.nii or .nii.gz) where the layout wants them.",
    });
  }
  const subjects = options.subjects === undefined ? new Map() : await readSubjects(options.subjects, name);
  return {
    name,
    folder: path,
    layout: layout.name,
    modality: options.modality ?? content.modality ?? "other",
    channelNames: content.channelNames,
    labels: content.labels,
    licence: content.licence,
    cases: content.cases.map((files) => ({
      ...files,
      subject: subjects.get(files.id) ?? `${name}/${files.id}`,
    })),
  };
}

async function layoutOf(folder: string, wanted: string | undefined): Promise<Layout> {
  for (const layout of layouts) {
    if (wanted === undefined ? await layout.matches(folder) : layout.name === wanted) return layout;
  }
  throw new UserError({
    subject: folder,
    found: wanted === undefined ? "no layout that is known" : `the layout name ${wanted}`,
    expected: "Medical Segmentation Decathlon (msd), nnU-Net v2 (nnunet) or images/ and labels/ (plain)",
    advice: "See docs/data.md for the three layouts.",
  });
}

async function readSubjects(path: string, dataset: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "no readable file",
      expected: "a CSV file with columns dataset, case, subject",
      advice: "Check the path.",
      cause,
    });
  }
  // Spreadsheet programs begin UTF-8 files with a byte order mark.
  const rows = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => line.split(","));
  const columns = ["dataset", "case", "subject"].map((column) => rows[0]?.indexOf(column) ?? -1);
  if (columns.includes(-1)) {
    throw new UserError({
      subject: path,
      found: `columns ${rows[0]?.join(", ")}`,
      expected: "columns dataset, case, subject",
      advice: "Add the missing column.",
    });
  }
  const [datasetColumn, caseColumn, subjectColumn] = columns as [number, number, number];
  return new Map(
    rows
      .slice(1)
      .filter((row) => row[datasetColumn] === dataset)
      .map((row) => [row[caseColumn] as string, row[subjectColumn] as string]),
  );
}
