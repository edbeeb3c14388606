/**
 * Runs the networks of this folder through sureseg's pipeline, one image after the other on one thread: our masks against
 * their own software's, the guard's measures on foreign images, and what the guard costs. Needs a build (npm run build).
 *
 * Usage: node compare.mjs OUT NETWORK...; writes OUT/NETWORK/compared.json and prints a summary.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inspectPrepared, labelsOnFile, predictPrepared } from "../../../dist/bundle/index.js";
import * as models from "../../../dist/graph/model/index.js";
import { checkGuard, fitGuard } from "../../../dist/ood/index.js";
import { prepareImage, preparationSchema } from "../../../dist/preparation/index.js";
import { nodeEngine } from "../../../dist/run/engines/node.js";
import { readVolume } from "../../../dist/sources/index.js";
import { networks } from "./networks.mjs";

const ALPHA = 0.1;
const [, , OUT, ...chosen] = process.argv;
const engine = nodeEngine({ threads: 1 });

const files = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".nii.gz"))
    .sort()
    .map((name) => join(folder, name));

const read = (path) => readVolume(readFileSync(path), basename(path));

/** The network in the pipeline's form, and a plan of windows in its strides. */
async function takenIn({ model: path, axes, window, overlap, padding, fixedSize = true }) {
  const model = await models.readModel(readFileSync(join(OUT, path)), basename(path));
  const input = models.imageInput(model);
  const names = [...new Set([...models.layerNames(model), ...models.outputNames(model)])];
  const observed = await models.observeModel(engine, model, input, {
    names,
    window: [...axes].map((letter) => window["ijk".indexOf(letter)]),
  });
  const output = models.chooseOutput(model, observed);
  const layers = models.layersOf(model, observed).filter(({ usual }) => usual);
  const bytes = models.adoptModel(model, { input, output, layers, axes, inputChannels: 1 });
  const session = await engine.open(bytes, { threads: 1 });
  const strides = layers.map((layer) => models.alongImage(layer.strides, axes, 1));
  const multipleOf = [0, 1, 2].map((axis) => Math.max(...strides.map((stride) => stride[axis])));
  return {
    session,
    output,
    layers,
    windows: { window, overlap, multipleOf, padding, fixedSize },
  };
}

/** Zeros on both sides up to the window, as nnU-Net and MONAI pad a prepared image. */
function centred(image, window) {
  const shape = image.shape.map((size, axis) => Math.max(size, window[axis]));
  const low = shape.map((size, axis) => Math.floor((size - image.shape[axis]) / 2));
  const padded = { ...image, shape, data: new Float32Array(shape[0] * shape[1] * shape[2]) };
  copyBox(image, [0, 0, 0], padded, low, image.shape);
  return { padded, low };
}

function copyBox(from, start, to, at, [ni, nj, nk]) {
  for (let channel = 0; channel < from.channels; channel++) {
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        const row = ({ shape }, [i0, j0, k0]) =>
          i0 + shape[0] * (j0 + j + shape[1] * (k0 + k + shape[2] * channel));
        const source = row(from, start);
        to.data.set(from.data.subarray(source, source + ni), row(to, at));
      }
    }
  }
}

/** 2 |A and B| / (|A| + |B|) of each label; 1 where neither has it. */
const diceOf = (ours, theirs, labels) =>
  labels.map((label) => {
    let [both, total] = [0, 0];
    for (let at = 0; at < ours.length; at++) {
      const [a, b] = [ours[at] === label, theirs[at] === label];
      both += a && b ? 1 : 0;
      total += (a ? 1 : 0) + (b ? 1 : 0);
    }
    return total === 0 ? 1 : (2 * both) / total;
  });

/** Chance that a foreign image's measure is above a familiar one's. */
function auroc(familiar, foreign) {
  let above = 0;
  for (const a of foreign) for (const b of familiar) above += a > b ? 1 : a === b ? 0.5 : 0;
  return above / (familiar.length * foreign.length);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (values, holds) => values.filter(holds).length / values.length;

async function compare(name, network) {
  const began = performance.now();
  const tell = (what) => console.error(name, what, `${((performance.now() - began) / 1000).toFixed(0)} s`);
  const taken = await takenIn(network);
  const { session, windows, output, layers } = taken;
  const labels = {
    labelMode: "exclusive",
    organs: Array.from({ length: output.channels - 1 }, (_, n) => `organ ${n + 1}`),
    outputChannels: output.channels,
    activation: "softmax",
    inputChannels: ["image"],
    modalities: [network.modality],
  };
  const parts = { windows, labels };
  const preparation = preparationSchema.parse(network.preparation);
  const wanted = layers.map((layer) => layer.name);
  const prepare = async (path) => {
    const prepared = prepareImage(await read(path), preparation, [network.modality], basename(path));
    network.afterwards?.(prepared.image.data);
    return prepared;
  };
  const evidence = [];
  for (const path of files(join(OUT, network.fit))) {
    const { image } = await prepare(path);
    const seen = await inspectPrepared(session, image, parts, { layers: wanted });
    evidence.push({ dataset: name, id: basename(path), subject: basename(path), layers: seen.layers });
  }
  tell(`${evidence.length} images fitted`);
  const guard = fitGuard(evidence, {
    layers: wanted,
    form: "per-voxel",
    threshold: { rule: "conformal", alpha: ALPHA },
  });
  const calibration = { temperature: 1, images: 0 };
  const opened = { session, bundle: { ...parts, preparation, calibration, guard } };

  const groups = { "held-out": network.heldOut, ...network.foreign };
  const measures = {};
  const seconds = { plain: [], guarded: [] };
  const dice = Object.fromEntries(Object.keys(network.masks).map((way) => [way, []]));
  const organs = labels.organs.map((_, at) => at + 1);
  for (const [group, folder] of Object.entries(groups)) {
    tell(group);
    for (const path of files(join(OUT, folder))) {
      if (network.familiar?.test(basename(path)) && group === "far") continue;
      const id = group === "near" ? basename(path, ".nii.gz").split("-").at(-1) : basename(path);
      let prepared;
      try {
        prepared = await prepare(path);
      } catch (error) {
        console.log(`${basename(path)}: refused: ${error.message}`);
        continue;
      }
      let start = performance.now();
      const predicted = await predictPrepared(opened, prepared, id);
      const guarded = (performance.now() - start) / 1000;
      (measures[group] ??= []).push({ id, measure: predicted.verdict.measure, foreign: predicted.verdict.foreign });
      if (group !== "held-out") continue;
      seconds.guarded.push(guarded);
      start = performance.now();
      await inspectPrepared(session, prepared.image, parts, {});
      seconds.plain.push((performance.now() - start) / 1000);
      for (const [way, folderOfMasks] of Object.entries(network.masks)) {
        const theirs = await read(join(OUT, folderOfMasks, basename(path)));
        const probabilities = way.startsWith("centred")
          ? await centredProbabilities(session, prepared.image, parts)
          : predicted.probabilities;
        const ours = labelsOnFile({ labels }, probabilities, prepared.placement);
        dice[way].push({ id: basename(path), dice: diceOf(ours.labels.data, theirs.data, organs) });
      }
    }
  }
  const familiar = measures["held-out"].map(({ measure }) => measure);
  const result = {
    network: name,
    layers: layers.map(({ name: layer, operator, channels, strides }) => ({ layer, operator, channels, strides })),
    windows,
    dice,
    seconds: { plain: mean(seconds.plain), guarded: mean(seconds.guarded) },
    falseAlarms: share(measures["held-out"], ({ foreign }) => foreign),
    detection: Object.fromEntries(
      Object.keys(network.foreign).map((group) => [
        group,
        {
          images: measures[group].length,
          auroc: auroc(familiar, measures[group].map(({ measure }) => measure)),
          caught: share(measures[group], ({ foreign }) => foreign),
        },
      ]),
    ),
    measures,
  };
  const alterations = group(measures.near ?? []);
  result.alterations = Object.fromEntries(
    Object.entries(alterations).map(([id, all]) => [id, auroc(familiar, all.map(({ measure }) => measure))]),
  );
  writeFileSync(join(OUT, name, "compared.json"), `${JSON.stringify(result, null, 1)}\n`);
  for (const [way, all] of Object.entries(dice)) {
    const values = all.flatMap((one) => one.dice);
    console.log(name, way, `Dice mean ${mean(values).toFixed(5)}, least ${Math.min(...values).toFixed(5)}`);
  }
  console.log(name, JSON.stringify({ ...result, layers: layers.length, measures: undefined, dice: undefined, windows: undefined }));
  await session.release();
}

function group(all) {
  const groups = {};
  for (const one of all) (groups[one.id] ??= []).push(one);
  return groups;
}

async function centredProbabilities(session, image, parts) {
  const { padded, low } = centred(image, parts.windows.window);
  const { probabilities } = await inspectPrepared(session, padded, parts, {});
  const back = new Float32Array(image.data.length * probabilities.channels);
  const result = { ...image, channels: probabilities.channels, data: back };
  copyBox(probabilities, low, result, [0, 0, 0], image.shape);
  return result;
}

for (const name of chosen.length > 0 ? chosen : Object.keys(networks)) await compare(name, networks[name]);
