/**
 * What a trained network makes of the images by which a rule of the guard may be chosen, kept for `guard-rules.mjs`: the training
 * images of its run, the validation images, these corrupted at severity 2, and images of datasets that the run has not seen (give
 * only those that judge nothing later). The run's test images are left alone.
 *
 * usage: node bench/accuracy/guard-evidence.mjs RUN EVIDENCE [MODALITY:LIST ...]
 *   LIST: a text file with the path of an image a line; its name, before the dot, is the dataset's
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { serialize } from "node:v8";
import { caseKey, Random } from "../../dist/base/index.js";
import { guardEvidence, inspectPrepared, openModel } from "../../dist/bundle/index.js";
import { loadImage, readPreparedCase, readVolumeFile } from "../../dist/dataset/index.js";
import { exportNetwork } from "../../dist/network/index.js";
import { prepareImage } from "../../dist/preparation/index.js";
import { nodeEngine } from "../../dist/run/engines/node.js";
import { openRun } from "../../dist/run/open-run.js";
import { partOf } from "../../dist/run/prepare-run.js";
import { corruptions } from "../../dist/study/corruptions/index.js";
import { loadCheckpoint } from "../../dist/training/checkpoint.js";
import { bestCheckpoint } from "../../dist/training/loop.js";
import { weightsOf } from "../../dist/training/train-program.js";

const SEVERITY = 2;
const [folder, out, ...unseen] = process.argv.slice(2);
const hooks = { stage: (label) => console.error(label), progress: () => {} };
const run = await openRun(folder, hooks);
const best = await loadCheckpoint(bestCheckpoint(run.configuration.output), run.network.layout);
const model = exportNetwork(run.network, weightsOf(best.vectors));
const session = await openModel(nodeEngine(), model, { threads: run.configuration.threads });

async function look({ dataset, id, subject }, image, kind) {
  const inspected = await inspectPrepared(session, image, run, { layers: run.layers });
  return { kind, evidence: { dataset, id, subject, ...guardEvidence(image, inspected, run.labels) } };
}

const seen = [];
for (const part of ["train", "validation"]) {
  console.error(part);
  for (const item of partOf(run, part))
    seen.push(await look(item, (await readPreparedCase(item)).image, part));
}
console.error("corrupted");
for (const item of partOf(run, "validation")) {
  const image = await loadImage(item.files, run.labels.inputChannels.length);
  for (const [name, corruption] of Object.entries(corruptions)) {
    const corrupted = corruption.apply(image, SEVERITY, Random.stream(1, name, caseKey(item)));
    const modalities = run.modalitiesOf[item.dataset];
    const prepared = prepareImage(corrupted, run.configuration.preparation, modalities, caseKey(item));
    seen.push(await look({ ...item, id: `${item.id} ${name}` }, prepared.image, name));
  }
}
for (const argument of unseen) {
  const [modality, list] = argument.split(":");
  const dataset = basename(list, extname(list));
  console.error(dataset);
  for (const path of readFileSync(list, "utf8").split("\n").filter(Boolean)) {
    const prepared = prepareImage(
      await readVolumeFile(path),
      run.configuration.preparation,
      [modality],
      path,
    );
    seen.push(await look({ dataset, id: basename(path), subject: path }, prepared.image, "unseen"));
  }
}
await session.release();
writeFileSync(out, serialize(seen));
console.log(`${seen.length} images`);
