/** Archives that want more than a series: bombs, and names that lead elsewhere. */
import { setTimeout } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { unzipSync, type Zippable, zipSync } from "fflate";
import type { Random } from "../../src/base/index.js";
import { type Attack, jobEnding } from "./attack.js";

const MEBI = 2 ** 20;

const zeros = (mebibytes: number): Uint8Array => new Uint8Array(mebibytes * MEBI);

/** The central directory's entries, changed in place. */
function eachEntry(zip: Uint8Array, change: (view: DataView, at: number) => void): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  for (let at = 0; at < zip.length - 46; at++) if (view.getUint32(at, true) === 0x02014b50) change(view, at);
  return zip;
}

/** Entries that all point at one packed body (D. Fifield, A better zip bomb, WOOT 2019). */
function overlapping(entries: number): Uint8Array {
  const single = zipSync({ a: zeros(1) });
  const view = new DataView(single.buffer, single.byteOffset);
  let directory = single.length - 22;
  while (view.getUint32(directory, true) !== 0x02014b50) directory--;
  const entry = single.subarray(directory, single.length - 22);
  const end = single.slice(single.length - 22);
  const endView = new DataView(end.buffer);
  endView.setUint16(8, entries, true);
  endView.setUint16(10, entries, true);
  endView.setUint32(12, entry.length * entries, true);
  const whole = new Uint8Array(directory + entry.length * entries + 22);
  whole.set(single.subarray(0, directory));
  for (let at = 0; at < entries; at++) {
    whole.set(entry, directory + at * entry.length);
    // Names of one letter each, so that no entry replaces another.
    whole[directory + at * entry.length + 46] = 33 + (at % 94);
  }
  whole.set(end, whole.length - 22);
  return whole;
}

const bombs: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  "zip that promises 4 GiB and more": (random) =>
    eachEntry(zipSync({ a: zeros(1), b: zeros(1) }), (view, at) =>
      view.setUint32(at + 24, 0xf000_0000 + random.below(0xfff_ffff), true),
    ),
  "zip that promises less than it holds": (random) =>
    eachEntry(zipSync({ a: zeros(8) }), (view, at) => view.setUint32(at + 24, 1 + random.below(1000), true)),
  "zip of 96 MiB of zeros in 96 KiB": () => zipSync({ "a.dcm": zeros(96) }),
  "zip of 512 entries over one body": () => overlapping(512),
  "zip in a zip in a zip": () => {
    let inner: Uint8Array = zeros(4);
    for (let depth = 0; depth < 6; depth++) inner = zipSync({ [`${depth}.zip`]: inner });
    return inner;
  },
  "zip of 70,000 empty files": () => {
    const files: Zippable = {};
    for (let at = 0; at < 70_000; at++) files[`${at}`] = new Uint8Array(0);
    return zipSync(files, { level: 0 });
  },
  "NIfTI that promises 2^30 voxels in 1 MiB": () => {
    const header = new Uint8Array(352);
    const view = new DataView(header.buffer);
    view.setInt32(0, 348, true);
    [3, 1024, 1024, 1024].forEach((size, at) => {
      view.setInt16(40 + 2 * at, size, true);
    });
    view.setInt16(70, 2, true);
    view.setInt16(72, 8, true);
    [1, 1, 1, 1].forEach((size, at) => {
      view.setFloat32(76 + 4 * at, size, true);
    });
    view.setFloat32(108, 352, true);
    header.set(new TextEncoder().encode("n+1\0"), 344);
    // As long as deflate's best gain would need: what it unpacks to is found out by unpacking alone.
    return gzipSync(Buffer.concat([header, zeros(1), zeros(1)]), { level: 0 });
  },
};

/** Those that are the same each time, and take long to make. */
const made = new Map<string, Uint8Array>();
const largeBombs: readonly string[] = ["zip of 96 MiB of zeros in 96 KiB", "zip of 70,000 empty files"];

async function bombOf(name: string, random: Random): Promise<Uint8Array> {
  const bomb = made.get(name) ?? bombs[name]!(random);
  if (largeBombs.includes(name)) made.set(name, bomb);
  // Whatever connection was closed meanwhile is found out before it is used again.
  await setTimeout(100);
  return bomb;
}

/** Ways to write a name that leads out of a folder. */
export const leadingOut: readonly string[] = [
  "../../../../../../tmp/sureseg-evil",
  "/tmp/sureseg-evil",
  "..\\..\\..\\tmp\\sureseg-evil",
  "C:\\tmp\\sureseg-evil",
  "a/../../../../../../../tmp/sureseg-evil",
  "..%2f..%2ftmp%2fsureseg-evil",
  "\u0000/tmp/sureseg-evil",
  "job.json",
  "../job.json",
  "../results/results.json",
  "....//....//tmp/sureseg-evil",
  "con",
  ".",
  "..",
];

export const archiveAttacks: readonly Attack[] = [
  ...Object.keys(bombs).map(
    (name): Attack => ({
      door: "archive",
      name,
      ...(largeBombs.includes(name) && { slow: true }),
      attempt: async (target, random) => {
        const bytes = await bombOf(name, random);
        return jobEnding(target, await target.server.send([{ name: "a.zip", bytes }], { modality: "CT" }));
      },
    }),
  ),
  {
    door: "archive",
    name: "names of files in a zip that lead out of it",
    attempt: async (target, random) => {
      const files = Object.values(unzipSync(target.series));
      // Hidden files are left out of a series.
      const seen = leadingOut.filter((name) => !/(^|\/)\.[^/]*$/.test(name));
      const named = Object.fromEntries(
        files.map((bytes, at) => [`${seen[random.below(seen.length)]}-${at}`, bytes]),
      );
      return jobEnding(target, await target.server.send([{ name: "a.zip", bytes: zipSync(named) }]));
    },
  },
  {
    door: "archive",
    name: "bytes of a zipped series changed, or cut off",
    attempt: async (target, random) =>
      jobEnding(target, await target.server.send([{ name: "a.zip", bytes: damaged(target.series, random) }])),
  },
  {
    door: "image",
    name: "bytes of a DICOM file in a whole zip changed, or cut off",
    attempt: async (target, random) => {
      const files = unzipSync(target.series);
      const names = Object.keys(files);
      const name = names[random.below(names.length)]!;
      const zip = zipSync({ ...files, [name]: damaged(files[name]!, random) });
      return jobEnding(target, await target.server.send([{ name: "a.zip", bytes: zip }]));
    },
  },
  {
    door: "image",
    name: "bytes of a gzipped NIfTI changed, or cut off",
    attempt: async (target, random) =>
      jobEnding(
        target,
        await target.server.send([{ name: "a.nii.gz", bytes: damaged(target.image, random) }], {
          modality: "CT",
        }),
      ),
  },
  {
    door: "image",
    name: "fields of a NIfTI header at random",
    attempt: async (target, random) => {
      const bytes = new Uint8Array(gunzipSync(target.image));
      for (let change = 0; change < 4; change++) {
        bytes[random.below(348)] = random.below(256);
      }
      return jobEnding(target, await target.server.send([{ name: "a.nii", bytes }], { modality: "CT" }));
    },
  },
];

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.uniform() < 0.3) return bytes.slice(0, random.below(bytes.length));
  const changed = bytes.slice();
  for (let change = 0; change < 1 + 20 * random.uniform(); change++) {
    changed[random.below(changed.length)] = random.below(256);
  }
  return changed;
}
