/**
 * Data for the question whether a joint network fails to recognise the context: the prepared cases of a run with a second channel
 * that holds a texture, of the dataset's own (`told`) or the same for all (`untold`, the control). A constant would be taken away
 * by the first instance norm; a texture is read by any convolution. If `told` closes the gap to dedicated networks, recognising
 * the context is what the joint network fails at.
 *
 * usage: node bench/accuracy/told-datasets.mjs RUN OUT; writes OUT/{told,untold}/DATASET and OUT/{told,untold}.yaml to train
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { Random } from "../../dist/base/index.js";
import { readPreparedCase } from "../../dist/dataset/index.js";
import { openRun } from "../../dist/run/open-run.js";
import { writeVolume } from "../../dist/sources/index.js";

const [folder, out] = process.argv.slice(2);
const quiet = { stage: () => {}, progress: () => {} };
const run = await openRun(folder, quiet);
const { asked, configuration } = run;
const PERIOD = 4;

/** 1 and -1 by turns of a random block of 4 x 4 x 4 voxels, half of them each. */
function textureOf(name) {
  const random = Random.stream(1, "texture", name);
  const block = Array.from({ length: PERIOD ** 3 }, (_, at) => [random.uniform(), at % 2 ? 1 : -1]);
  return block.sort(([a], [b]) => a - b).map(([, value]) => value);
}

function textured(image, texture) {
  const [ni, nj] = image.shape;
  const data = Float32Array.from(image.data, (_, at) => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    return texture[(i % PERIOD) + PERIOD * (j % PERIOD) + PERIOD ** 2 * (k % PERIOD)];
  });
  return { ...image, data };
}

for (const arm of ["told", "untold"]) {
  const datasets = [];
  for (const name of new Set(run.cases.map(({ dataset }) => dataset))) {
    const home = join(resolve(out), arm, name);
    for (const part of ["imagesTr", "labelsTr"]) mkdirSync(join(home, part), { recursive: true });
    const own = run.cases.filter(({ dataset }) => dataset === name);
    const texture = textureOf(arm === "told" ? name : "the same");
    for (const item of own) {
      const { image, target } = await readPreparedCase(item);
      const save = async (volume, file) => writeFileSync(file, await writeVolume(volume, file));
      await save(image, join(home, "imagesTr", `${item.id}_0000.nii.gz`));
      await save(textured(image, texture), join(home, "imagesTr", `${item.id}_0001.nii.gz`));
      await save({ ...image, channels: 1, data: target }, join(home, "labelsTr", `${item.id}.nii.gz`));
    }
    const values = own[0].organs.map((organ, at) => [organ, at + 1]);
    writeFileSync(
      join(home, "dataset.json"),
      JSON.stringify({
        channel_names: { 0: "image", 1: "texture" },
        labels: { background: 0, ...Object.fromEntries(values) },
        numTraining: own.length,
        file_ending: ".nii.gz",
      }),
    );
    datasets.push({
      folder: home,
      modality: "other",
      organs: Object.fromEntries(values.map(([organ, value]) => [organ, [value]])),
      subjects: join(resolve(out), "subjects.csv"),
    });
  }
  const name = `${arm}-${asked.seed}`;
  const preparation = {
    cropToForeground: false,
    spacing: { policy: "native" },
    intensities: { other: [] },
  };
  const output = join(resolve(out), "runs", name);
  const training = { ...asked, name, output, datasets, preparation, patch: [...configuration.patch] };
  writeFileSync(join(resolve(out), `${arm}.yaml`), stringify(training));
}
copyFileSync(
  asked.datasets[0].subjects.file ?? asked.datasets[0].subjects,
  join(resolve(out), "subjects.csv"),
);
