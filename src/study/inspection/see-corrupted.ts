/** Corrupted copies of held-out images through the networks of a detect unit: foreign images of the near kind. */

import { caseKey, Random, UserError, type WorkHooks } from "../../base/index.js";
import { loadImage, loadLabels, type PreparedCase } from "../../dataset/index.js";
import { maskOfValues, organsOf } from "../../labels/index.js";
import { dice } from "../../metrics/index.js";
import { prepareImage, prepareLabels } from "../../preparation/index.js";
import type { Volume } from "../../volume/index.js";
import { type Corruption, corruptions, type Severity } from "../corruptions/index.js";
import type { StudyData } from "../data/study-data.js";
import type { ImageInspector } from "./image-inspector.js";
import { foundAnywhere, type SeenImage } from "./seen-image.js";

/** @param items held-out cases, each corrupted in every way and severity of the study */
export async function seeCorrupted(
  data: StudyData,
  inspector: ImageInspector,
  items: readonly PreparedCase[],
  hooks: WorkHooks,
): Promise<SeenImage[]> {
  const { severities } = data.study.corruptions;
  const kinds = Object.entries(corruptions);
  hooks.stage("looking at corrupted images", items.length * kinds.length * severities.length, "images");
  const seen: SeenImage[] = [];
  let done = 0;
  for (const item of items) {
    const image = await loadImage(item.files, data.labels.inputChannels.length);
    const labels = await organLabels(data, item, image);
    for (const [name, corruption] of kinds) {
      for (const severity of severities) {
        hooks.signal?.throwIfAborted();
        const one = await seeOne(data, inspector, item, image, labels, name, corruption, severity);
        if (one) seen.push(one);
        hooks.progress(++done);
      }
    }
  }
  return seen;
}

async function seeOne(
  data: StudyData,
  inspector: ImageInspector,
  item: PreparedCase,
  image: Volume,
  labels: Volume<Uint8Array>,
  name: string,
  corruption: Corruption,
  severity: Severity,
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
  const { evidence, probabilities } = await inspector.inspect(
    { dataset: item.dataset, id: `${item.id} ${name} ${severity}`, subject: item.subject },
    prepared,
    true,
  );
  return {
    evidence,
    source: item.dataset,
    case: item.id,
    kind: "near",
    corruption: name,
    severity,
    dice: dice(foundAnywhere(probabilities, target.length), target),
  };
}

async function organLabels(data: StudyData, item: PreparedCase, image: Volume): Promise<Volume<Uint8Array>> {
  const labels = await loadLabels(item.files.label as string);
  const values = new Set(Object.values(organsOf(data.organs, item.dataset)).flat());
  return {
    shape: image.shape,
    affine: image.affine,
    channels: 1,
    data: maskOfValues(labels.data, values),
  };
}
