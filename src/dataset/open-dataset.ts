/** Finds what is in a dataset folder, whatever its layout. */

import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { UserError } from "../base/index.js";
import { type Modality, modalityOfEachChannel } from "../volume/index.js";
import type { Dataset } from "./dataset.js";
import { modalitiesFromFiles } from "./image-modality.js";
import { type Layout, layouts } from "./layouts/index.js";
import type { LayoutContent } from "./layouts/layout.js";
import { modalityFromName } from "./layouts/modality-from-name.js";
import { readSubjects, type SubjectsFile } from "./subjects.js";

export interface OpenOptions {
  readonly name?: string;
  readonly layout?: string;
  /** One for all channels, or one for each; default: what the name of each channel says, else what DICOM files say. */
  readonly modality?: Modality | readonly Modality[];
  /** Default: every case is a subject of its own. */
  readonly subjects?: SubjectsFile;
}

/** @throws UserError where the folder has no known layout or no case, or where options or subjects do not suit it */
export async function openDataset(folder: string, options: OpenOptions = {}): Promise<Dataset> {
  const path = resolve(folder);
  const name = options.name ?? basename(path);
  await refuseNoFolder(path);
  const layout = await layoutOf(path, options.layout);
  const content = await layout.read(path);
  if (content.cases.length === 0) {
    throw new UserError({
      subject: path,
      found: "no image",
      expected: `images laid out as ${layout.name}`,
      advice: "Put the image files (.nii or .nii.gz) or folders of DICOM files where the layout wants them.",
    });
  }
  const { channelNames, labels, regions = {}, strayLabels = [], licence } = content;
  const modalities =
    options.modality === undefined
      ? await modalitiesFromFiles(channelNames.map(modalityFromName), content.cases[0]!.images)
      : modalityOfEachChannel(options.modality, channelNames.length, `modality of ${path}`);
  const dataset: Dataset = {
    name,
    folder: path,
    layout: layout.name,
    modalities,
    channelNames,
    labels,
    regions,
    licence,
    strayLabels,
    cases: withTwiceNamed(content.cases).map((files) => ({
      ...files,
      subject: `${name}/${files.id}`,
      modalities,
    })),
  };
  return options.subjects === undefined ? dataset : withSubjects(dataset, options.subjects);
}

/** The dataset with subjects from a file. @throws UserError where the file does not suit it, see `readSubjects` */
export async function withSubjects(dataset: Dataset, subjects: SubjectsFile): Promise<Dataset> {
  const ids = dataset.cases.map(({ id }) => id);
  const subjectOf = await readSubjects(subjects, dataset.name, ids);
  return {
    ...dataset,
    cases: dataset.cases.map((files) => ({ ...files, subject: subjectOf.get(files.id) ?? files.subject })),
  };
}

async function refuseNoFolder(path: string): Promise<void> {
  let found: string | undefined;
  try {
    if (!(await stat(path)).isDirectory()) found = "a file";
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    found = code === "ENOENT" ? "no such folder" : `a folder that cannot be read (${code})`;
  }
  if (found === undefined) return;
  throw new UserError({
    subject: path,
    found,
    expected: "the folder of a dataset",
    advice: "Check the path and the permissions.",
  });
}

async function layoutOf(folder: string, wanted: string | undefined): Promise<Layout> {
  for (const layout of layouts) {
    if (wanted === undefined ? await layout.matches(folder) : layout.name === wanted) return layout;
  }
  throw new UserError({
    subject: folder,
    found: wanted === undefined ? "no layout that is known" : `the layout name ${wanted}`,
    expected: layouts.map(({ name, description }) => `${description} (${name})`).join(", "),
    advice: "See docs/data.md for the layouts.",
  });
}

/** Names of cases are keys: a second case of a name is not read. */
function withTwiceNamed(cases: LayoutContent["cases"]): LayoutContent["cases"] {
  const first = new Map<string, string>();
  return cases.map((files) => {
    const path = files.images[0] as string;
    const other = first.get(files.id);
    if (other === undefined) {
      first.set(files.id, path);
      return files;
    }
    const fault = {
      subject: path,
      found: `the name of a case twice (${files.id}, as ${other})`,
      expected: "a name of its own for each case",
      advice: "Rename the files, or remove one of them.",
    };
    return { ...files, fault };
  });
}
