/** The scans that are sent, and what each must give: the results of `sureseg predict`, by hash. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { makePhantomDatasets } from "../../dist/dataset/index.js";
import { binary } from "../survival/processes.mjs";

/** Volumes by dataset: how many, and how often one is sent against one of the others. */
const VOLUMES = [
  { from: "msd_hippocampus_mri/images", modality: "MR", count: 13, weight: 6, what: "hippocampus, MR T1" },
  { from: "sts_sarcoma_pet/images", modality: "PET", count: 6, weight: 3, what: "thigh, PET" },
  { from: "spinalcord_t2star/images", modality: "MR", count: 3, weight: 1, what: "neck, MR T2*" },
];
/** Says itself what it is. */
const SERIES = { from: "dicom/mr_t1_sagittal", weight: 1, what: "head, MR T1, a zipped DICOM series" };

const PHANTOMS = { casesPerDataset: 5, foreignCasesPerKind: 0, shape: [24, 24, 20] };

/**
 * @param data folder of real volumes; where it is not there, phantoms are sent
 * @returns scans, no two of which have the same result: `{ name, path, modality, weight, what, expected }`. The first is sent by
 *   clients that vanish, and by them alone: its weight is 0
 */
export async function makeScans(folder, { data, bundle }) {
  mkdirSync(folder, { recursive: true });
  const found = existsSync(join(data, VOLUMES[0].from)) ? realScans(folder, data) : await phantoms(folder);
  const scans = found.map((scan, index) => ({ ...scan, weight: index === 0 ? 0 : scan.weight }));
  const expected = expectedResults(scans, join(folder, "expected"), bundle);
  if (new Set([...expected.values()].map(({ result }) => result)).size !== scans.length)
    throw new Error("Two scans have the same result: it would not be seen if they were mixed up.");
  return scans.map((scan) => ({ ...scan, expected: expected.get(scan.name) }));
}

function realScans(folder, data) {
  const volumes = VOLUMES.flatMap(({ from, count, ...kind }) =>
    filesIn(join(data, from))
      .slice(0, count)
      .map((path) => ({ ...kind, path, name: nameOf(path) })),
  );
  const { from, ...kind } = SERIES;
  const files = filesIn(join(data, from)).map((path) => [basename(path), readFileSync(path)]);
  const path = join(folder, `${basename(from)}.zip`);
  writeFileSync(path, zipSync(Object.fromEntries(files), { level: 1 }));
  return [...volumes, { ...kind, path, name: nameOf(path) }];
}

async function phantoms(folder) {
  const { datasets } = await makePhantomDatasets(join(folder, "phantoms"), PHANTOMS);
  return filesIn(join(datasets[0].folder, "imagesTr")).map((path) => ({
    path,
    name: nameOf(path),
    modality: "CT",
    weight: 1,
    what: "phantom of a liver, CT",
  }));
}

const filesIn = (folder) =>
  readdirSync(folder)
    .sort()
    .map((file) => join(folder, file));

const nameOf = (path) => basename(path).replace(/\.(nii(\.gz)?|zip)$/, "");

/** What `sureseg predict` says of each scan, with as many threads as the worker has. */
function expectedResults(scans, folder, bundle) {
  for (const modality of new Set(scans.map((scan) => scan.modality))) {
    const images = scans.filter((scan) => scan.modality === modality).map(({ path }) => path);
    const said = modality === undefined ? [] : ["--modality", modality];
    const args = ["predict", bundle, ...images, ...said, "--threads", "1", "--out", folder, "--quiet"];
    const { status, stderr } = spawnSync(process.execPath, [binary, ...args], { encoding: "utf8" });
    if (status !== 0 && status !== 3) throw new Error(stderr);
  }
  return new Map(
    scans.map(({ name }) => {
      const bytes = (result) => readFileSync(join(folder, `${name}_${result}`));
      const result = resultHash(bytes("mask.nii.gz"), bytes("verdict.json"));
      return [name, { result, confidence: volumeHash(bytes("confidence.nii.gz")) }];
    }),
  );
}

/** Of the mask's grid and voxels and of the verdict, whatever the compression. */
export const resultHash = (mask, verdict) => sha256(unpacked(mask), verdict);

export const volumeHash = (file) => sha256(unpacked(file));

const unpacked = (file) => (file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file);

function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** @returns a function that draws a scan, each as often as its weight says */
export function drawing(scans, random) {
  const total = scans.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.uniform() * total;
    for (const scan of scans) {
      left -= scan.weight;
      if (left < 0) return scan;
    }
    return scans.at(-1);
  };
}
