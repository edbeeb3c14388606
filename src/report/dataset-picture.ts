/** A picture of a dataset: a slice of each case with the outline of its labels. */

import { Resvg } from "@resvg/resvg-js";
import { UserError, type WorkHooks } from "../base/index.js";
import { type Dataset, loadImage, loadLabels } from "../dataset/index.js";
import { modalityText, turnedOnto, type Volume } from "../volume/index.js";
import { heading, note, stacked, standalone } from "./figures/drawing.js";
import { FIGURE_WIDTH } from "./figures/figure.js";
import { counted } from "./format.js";
import { makeSlice } from "./picture/slice.js";
import { drawSlices } from "./picture/slice-drawing.js";
import type { SliceData } from "./report-data.js";

/** Cases shown of larger datasets, evenly spread. */
const MOST_CASES = 24;

/** As SVG. Cases that cannot be read are left out: the list of problems names them. */
export async function datasetPicture(
  dataset: Dataset,
  { progress, signal }: Partial<WorkHooks> = {},
): Promise<string> {
  const count = Math.min(MOST_CASES, dataset.cases.length);
  const slices: SliceData[] = [];
  for (let n = 0; n < count; n++) {
    signal?.throwIfAborted();
    const files = dataset.cases[Math.floor((n * dataset.cases.length) / count)]!;
    const image = await unlessBroken(() => loadImage(files, dataset.channelNames.length));
    const labels = files.label && (await unlessBroken(() => loadLabels(files.label as string, dataset)));
    if (image) slices.push(sliceOf(dataset, files.id, image, labels || undefined));
    progress?.(Math.round(((n + 1) * dataset.cases.length) / count));
  }
  const shown = slices.length < dataset.cases.length ? `${slices.length} of ` : "";
  const drawing = stacked([
    heading(
      `${dataset.name}: ${shown}${counted(dataset.cases.length, "case")}, ${modalityText(dataset.modalities)}`,
      FIGURE_WIDTH,
    ),
    note(
      "Slice with the most labelled voxels; outline: everything labelled. Letters: the patient's sides.",
      FIGURE_WIDTH,
    ),
    drawSlices(slices),
  ]);
  return standalone(drawing, `Slices of ${dataset.name}`);
}

function sliceOf(
  dataset: Dataset,
  id: string,
  image: Volume,
  labels: Volume<Uint8Array> | undefined,
): SliceData {
  const turned = labels && turnedOnto(labels, image);
  const values = new Set(labels?.data);
  values.delete(0);
  const state =
    labels === undefined ? "no label" : turned ? counted(values.size, "label") : "label of another grid";
  const { shape, affine } = image;
  const reference = turned && { shape, affine, channels: 1, data: turned.data };
  return makeSlice({ dataset: dataset.name, case: id, title: `${id}\n${state}`, image, reference });
}

async function unlessBroken<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** An SVG picture as PNG, twice as many pixels along each side as it has units. */
export const pngOf = (svg: string): Uint8Array =>
  new Resvg(svg, { fitTo: { mode: "zoom", value: 2 }, font: { defaultFontFamily: "DejaVu Sans" } })
    .render()
    .asPng();
