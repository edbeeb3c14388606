/** Corrupted copies of images that were not trained on, through the networks of a detect unit: foreign images of the near kind. */

import { caseKey, Random, UserError } from "../../base/index.js";
import { loadImage, loadLabelsOf, type PreparedCase } from "../../dataset/index.js";
import { maskOfValues, organsOf } from "../../labels/index.js";
import { prepareImage, prepareLabels } from "../../preparation/index.js";
import type { Volume } from "../../volume/index.js";
import { type Corruption, corruptions, type Severity } from "../corruptions/index.js";
import type { StudyWork } from "../data/planned-study.js";
import type { StudyData } from "../data/study-data.js";
import type { Look } from "./image-inspector.js";
import { type SeenImage, seenCase } from "./seen-image.js";

/** @param items cases that were not trained on, each corrupted in every way and severity of the study */
export async function seeCorrupted(
  { data, hooks }: StudyWork,
  items: readonly PreparedCase[],
  look: Look,
): Promise<SeenImage[]> {
  const damages = Object.entries(corruptions).flatMap(([name, corruption]) =>
    data.study.corruptions.severities.map((severity): Damage => ({ name, corruption, severity })),
  );
  hooks.stage("looking at corrupted images", items.length * damages.length, "images");
  const seen: SeenImage[] = [];
  let done = 0;
  for (const item of items) {
    const original = await readOriginal(data, item);
    for (const damage of damages) {
      hooks.signal?.throwIfAborted();
      const one = await seeOne(data, original, damage, look);
      if (one) seen.push(one);
      hooks.progress(++done);
    }
  }
  return seen;
}

interface Damage {
  readonly name: string;
  readonly corruption: Corruption;
  readonly severity: Severity;
}

/** A case as its files hold it. */
interface Original {
  readonly item: PreparedCase;
  readonly image: Volume;
  /** 1 where there is an organ, on the image's grid. */
  readonly labels: Volume<Uint8Array>;
}

async function readOriginal(data: StudyData, item: PreparedCase): Promise<Original> {
  const image = await loadImage(item.files, data.labels.inputChannels.length);
  const labels = await loadLabelsOf(item.files, image);
  const values = new Set(Object.values(organsOf(data.organs, item.dataset)).flat());
  const { shape, affine } = image;
  return { item, image, labels: { shape, affine, channels: 1, data: maskOfValues(labels.data, values) } };
}

async function seeOne(
  data: StudyData,
  { item, image, labels }: Original,
  { name, corruption, severity }: Damage,
  look: Look,
): Promise<SeenImage | undefined> {
  // Severities of a corruption share their random numbers: they differ in degree, not in place or direction.
  const random = (): Random => Random.stream(data.study.split.seed, name, caseKey(item));
  const corrupted = corruption.apply(image, severity, random());
  const reference = corruption.movesAnatomy
    ? corruption.apply(labels, severity, random())
    : { ...labels, affine: corrupted.affine };
  const { modalities } = data.datasets.find((dataset) => dataset.name === item.dataset)!;
  let prepared: Volume<Float32Array>;
  try {
    ({ image: prepared } = prepareImage(corrupted, data.study.preparation, modalities, caseKey(item)));
  } catch (error) {
    // A corruption may leave nothing to prepare (a flat image): `predict` would refuse it, so there is nothing to detect.
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const target = prepareLabels({ ...reference, data: Uint8Array.from(reference.data) }, prepared).data;
  const inspected = await look(
    { dataset: item.dataset, id: `${item.id} ${name} ${severity}`, subject: item.subject },
    prepared,
  );
  return { ...seenCase(item, target, inspected), kind: "near", corruption: name, severity };
}
