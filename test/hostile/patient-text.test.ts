/**
 * No text of a patient goes anywhere that it was not asked for: images whose headers are full of marks run through everything, well
 * and badly, and then all that was said, logged, kept or left is searched.
 *
 * What may hold a mark: the images themselves, and a DICOM segmentation, which the standard makes repeat the patient and the study of
 * its image (PS3.3, C.7.1.1 and C.7.2.1). Names of files are the user's own words: commands name them, servers do not.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVolume } from "../../src/sources/index.js";
import { reorient } from "../../src/volume/index.js";
import { RunningServer } from "../end-to-end/running-server.js";
import { binary, type Outcome, Workplace } from "../end-to-end/workplace.js";
import { RedisServer, redisMissing } from "../hospital/redis.js";
import { RunningWorker } from "../hospital/running-worker.js";
import { asSeries, type TextElement } from "../phantom-series.js";

/** No word of ours. */
const MARK = "ZQXMARK";
/** In names of files, which commands may say. */
const NAME_MARK = "zqxname";

const workplace = new Workplace();
const { folder, configuration } = workplace;
const data = join(folder, "data", "phantom_liver_ct");
const bundle = join(folder, "run", "bundle");
const incoming = join(folder, "incoming");
const marked = {
  nifti: join(incoming, `${NAME_MARK}.nii.gz`),
  cutNifti: join(incoming, `${NAME_MARK}-cut.nii.gz`),
  series: join(incoming, `${NAME_MARK}-series.zip`),
  placeless: join(incoming, `${NAME_MARK}-placeless.zip`),
  several: join(incoming, `${NAME_MARK}-several.zip`),
  cutSeries: join(incoming, `${NAME_MARK}-cut-series.zip`),
  nrrd: join(incoming, `${NAME_MARK}-text.nrrd`),
};
const broken = [marked.cutNifti, marked.placeless, marked.several, marked.cutSeries, marked.nrrd];

/** Everything that a process keeps outside its output goes to folders that are searched. */
const environment = {
  ...process.env,
  TMPDIR: join(folder, "tmp"),
  HOME: join(folder, "home"),
  SURESEG_DEBUG: "1",
};
const said: Outcome[] = [];

async function sureseg(...args: string[]): Promise<Outcome> {
  const settings = ["TMPDIR", "HOME", "SURESEG_DEBUG"] as const;
  const outcome = await workplace.run("env", [
    ...settings.map((name) => `${name}=${environment[name]}`),
    ...[process.execPath, binary, ...args],
  ]);
  said.push(outcome);
  return outcome;
}

/** Texts in every field of a NIfTI-1 header that holds some, and in an extension. */
function markNifti(path: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(path));
  const fields = [
    [14, 18, "DB"],
    [148, 80, "DESCRIP"],
    [228, 24, "AUX"],
    [328, 16, "INTENT"],
  ] as const;
  for (const [at, length, name] of fields) {
    bytes.fill(0, at, at + length);
    bytes.write(`${MARK}${name}`, at, "latin1");
  }
  const extension = Buffer.alloc(48);
  extension.writeInt32LE(48, 0);
  extension.writeInt32LE(6, 4);
  extension.write(`${MARK}EXTENSION`, 8, "latin1");
  bytes[348] = 1;
  bytes.writeFloatLE(bytes.readFloatLE(108) + 48, 108);
  return gzipSync(Buffer.concat([bytes.subarray(0, 352), extension, bytes.subarray(352)]));
}

const patient: readonly TextElement[] = [
  [0x00080050, "SH", `${MARK}ACCESSION`],
  [0x00080080, "LO", `${MARK}HOSPITAL`],
  [0x00080090, "PN", `${MARK}DOCTOR^A`],
  [0x00081030, "LO", `${MARK}STUDY`],
  [0x0008103e, "LO", `${MARK}SERIES`],
  [0x00100010, "PN", `${MARK}PATIENT^B`],
  [0x00100020, "LO", `${MARK}ID`],
  [0x00104000, "LT", `${MARK}COMMENTS`],
  [0x00204000, "LT", `${MARK}REMARKS`],
];

async function makeImages(): Promise<void> {
  for (const name of ["tmp", "home", "incoming"]) mkdirSync(join(folder, name));
  const images = join(data, "imagesTr");
  const first = join(images, "case_01.nii.gz");
  const volume = reorient(await readVolume(readFileSync(first), first), "RAS");
  const whole = { ...volume, data: Int16Array.from(volume.data, Math.round) };
  const root = "1.2.826.0.1.3680043.8.498.18";
  const zipped = (...texts: TextElement[]): Uint8Array =>
    zipSync(asSeries(whole, root, [...patient, ...texts]));
  for (const name of readdirSync(images)) writeFileSync(join(images, name), markNifti(join(images, name)));
  cpSync(first, marked.nifti);
  writeFileSync(marked.cutNifti, readFileSync(first).subarray(0, 2000));
  writeFileSync(marked.series, zipped());
  writeFileSync(marked.placeless, zipped([0x00200032, "DS", `${MARK}PLACE`]));
  const other = asSeries(whole, `${root}.9`, [...patient, [0x00080060, "CS", `${MARK}MODALITY`]]);
  const renamed = Object.fromEntries(Object.entries(other).map(([name, bytes]) => [`other-${name}`, bytes]));
  writeFileSync(marked.several, zipSync({ ...asSeries(whole, root, patient), ...renamed }));
  const cut = Object.entries(asSeries(whole, root, patient)).map(([name, file]) => [
    name,
    file.subarray(0, 900),
  ]);
  writeFileSync(marked.cutSeries, zipSync(Object.fromEntries(cut)));
  writeFileSync(marked.nrrd, `NRRD0004\ntype: ${MARK}\ndimension: 3\nsizes: 4 4 4\n${MARK} := ${MARK}\n\n`);
}

/** Files below a folder in whose bytes, unpacked where they are packed, a text stands. */
function filesWith(text: string, place: string): string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .map((name) => join(place, name))
    .filter((path) => statSync(path).isFile())
    .filter((path) => {
      const bytes = readFileSync(path);
      const content = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes;
      return content.includes(text) || content.includes(Buffer.from(text, "utf16le"));
    })
    .map((path) => relative(folder, path))
    .sort();
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

/** Beside the images themselves. */
const marksLeft = (): string[] => filesWith(MARK, folder).filter((path) => !/^(incoming|data)\//.test(path));

beforeAll(async () => {
  await workplace.fill();
  await makeImages();
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("commands", () => {
  beforeAll(async () => {
    const only = { datasets: [{ folder: "data/phantom_liver_ct", organs: { liver: [1] } }] };
    const settings = { ...only, split: { test: 0.1, validation: 0.3 }, guard: { alpha: 0.3334 }, updates: 4 };
    const trained = await sureseg("train", configuration("run", settings), "--final");
    expect(trained.status, trained.stderr).toBe(0);
  }, 240_000);

  it("predict, well and badly, without a word of a header", { timeout: 240_000 }, async () => {
    const out = join(folder, "out");
    const images = [marked.nifti, marked.series, ...broken];
    const { status, stderr } = await sureseg("predict", bundle, ...images, "--modality", "CT", "--out", out);
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(/5 of 7 images could not be used/);
    const segmented = ["predict", bundle, marked.series, "--modality", "CT", "--format", "dicom-seg"];
    const { status: ended } = await sureseg(...segmented, "--out", join(folder, "seg"));
    expect([0, 3]).toContain(ended);
    await sureseg("datasets", "inspect", data);
  });

  it("say and leave no mark, but in segmentations that repeat their patient", () => {
    for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(MARK);
    const left = marksLeft();
    expect(left).toEqual(left.filter((path) => /^seg\/.*\.dcm$/.test(path)));
    expect(left.length).toBeGreaterThan(0);
  });
});

/** Sends every image, and waits for the ends. */
async function sendAll(server: RunningServer): Promise<string[]> {
  const states: string[] = [];
  for (const path of [marked.nifti, marked.series, ...broken]) {
    const bytes = readFileSync(path);
    const response = await server.send([{ name: path, bytes }], { modality: "CT" });
    const body = await response.text();
    expect(body).not.toContain(MARK);
    if (response.status !== 202) continue;
    const job = await server.over(JSON.parse(body).id);
    expect(JSON.stringify(job)).not.toMatch(new RegExp(`${MARK}|${NAME_MARK}`));
    states.push(job.state);
  }
  return states;
}

/** What lies about while results are kept: the segmentations alone. Afterwards: nothing. */
async function expectClean(server: RunningServer, work: string, log: () => string): Promise<void> {
  const states = await sendAll(server);
  expect(states.filter((state) => state === "done")).toHaveLength(2);
  expect(states).toContain("failed");
  const kept = filesWith(MARK, work);
  expect(kept.filter((path) => !path.endsWith("_segmentation.dcm"))).toEqual([]);
  expect(filesWith(NAME_MARK, work)).toEqual([]);
  await server.stop();
  expect(log()).not.toMatch(new RegExp(`${MARK}|${NAME_MARK}`));
  expect(filesWith(MARK, join(folder, "tmp"))).toEqual([]);
  expect(filesWith(MARK, join(folder, "home"))).toEqual([]);
}

it("a server logs, keeps and leaves none of it, not in its most talkative log either", async () => {
  const work = join(folder, "work");
  const args = [bundle, "--work", work, "--log", "debug"];
  const server = await RunningServer.start(args, { cwd: folder, env: environment });
  await expectClean(server, work, () => server.log);
  expect(readdirSync(join(work, "jobs"))).toEqual([]);
  // What a process says that crashes: a server that is told of a bundle which is none.
  const { stderr } = await sureseg("serve", marked.nifti);
  expect(stderr).not.toContain(MARK);
}, 240_000);

it.skipIf(redisMissing !== undefined)(
  `a worker and Redis hold none of it (${redisMissing ?? "Redis installed"})`,
  async () => {
    const redis = new RedisServer();
    await redis.start();
    const work = join(folder, "shared");
    const common = [bundle, "--queue", redis.url, "--work", work, "--log", "debug"];
    const server = await RunningServer.start(common, { cwd: folder, env: environment });
    const worker = await RunningWorker.start([...common, "--threads", "1"], folder);
    await expectClean(server, work, () => server.log);
    expect(await redis.contents()).not.toMatch(new RegExp(`${MARK}|${NAME_MARK}`));
    await worker.stop();
    expect(worker.log).not.toMatch(new RegExp(`${MARK}|${NAME_MARK}`));
    await redis.stop();
  },
  240_000,
);
