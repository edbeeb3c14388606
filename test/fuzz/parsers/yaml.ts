/** Configurations in YAML: of runs, of studies, and of networks of other software. */
import { stringify } from "yaml";
import { readNetworkFile } from "../../../src/adoption/network-file.js";
import type { Random } from "../../../src/base/index.js";
import { readConfiguration } from "../../../src/run/configuration.js";
import { readStudy } from "../../../src/study/protocol/study-configuration.js";
import { pick } from "../mutations.js";
import type { OpenParser } from "../parser.js";
import { changedDocument } from "./json-changes.js";
import { Scratch } from "./scratch.js";

const datasets = [
  {
    folder: "data/liver",
    modality: "CT",
    organs: { liver: [1, 2] },
    subjects: "subjects.csv",
    licence: "CC0",
  },
  { folder: "data/heart", modality: "MR", organs: { heart: [1], ventricle: "2-4" } },
];

const run = {
  name: "two-organs",
  output: "run",
  seed: 3,
  datasets,
  patch: [32, 32, 32],
  network: { levels: 3, channels: 8 },
  split: { folds: 5, fold: 0 },
  guard: { alpha: 0.05 },
  card: { intendedUse: "Research." },
};

const study = {
  name: "study",
  output: "study",
  datasets,
  foreign: [{ folder: "data/knee" }],
  split: { folds: 3, run: [0] },
};

const network = {
  name: "liver",
  organs: { liver: [1], tumour: [2] },
  modalities: ["CT"],
  axes: "kji",
  output: { activation: "softmax" },
  preparation: {
    spacing: { policy: "fit", voxels: 16 },
    intensities: { CT: [{ step: "clip", low: -1000, high: 2000 }, { step: "z-score" }] },
  },
  card: { licence: "CC0" },
};

/** What only YAML has: anchors and merges, tags, other ways to write texts and numbers, several documents. */
const TRICKS = [
  "a: &a [1, 2]\nb: *a\n",
  "<<: *nothing\n",
  "datasets: &d [*d]\n",
  "seed: 0x10\n",
  "seed: .inf\n",
  "seed: 1_000\n",
  "seed: 2001-01-01\n",
  "seed: !!binary aGVsbG8=\n",
  "seed: !!js/function 'x'\n",
  "seed: !!set {a, b}\n",
  "? [1, 2]\n: a\n",
  "---\na: 1\n---\nb: 2\n",
  "%YAML 1.1\n---\nseed: yes\n",
  "name: |2-\n    a\n  b\n",
  "name: >+\n\n\n",
  "\tseed: 1\n",
  'name: "\\x00\\u2028"\n',
  "__proto__: {output: a}\n",
  "seed: 1\nseed: 2\n",
  "\u0000",
] as const;

/** Aliases of aliases: a million values in a few lines. */
function bomb(random: Random): string {
  const levels = 2 + random.below(8);
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < levels; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return `${lines.join("\n")}\ndatasets: *a${levels - 1}\n`;
}

/** So many keys that whatever compares each with all others shows it. */
const crowd = (): string => Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join("\n");

/** A hundred levels of lists and objects, as `changedDocument` makes them. */
const DEEP = /(\[|\{"a":){100}/;

function grammar(document: object, random: Random): Uint8Array {
  const kind = random.below(20);
  if (kind === 0) return Buffer.from(bomb(random));
  if (kind === 1 && random.uniform() < 0.05) return Buffer.from(crowd());
  const opening = random.below(kind === 1 ? 3000 : 12);
  if (kind <= 2) return Buffer.from(`datasets: ${pick(["[", "{a: ", "- ", "? "], random).repeat(opening)}`);
  const changed = kind < 14 ? changedDocument(document, random) : document;
  const style = {
    collectionStyle: pick(["block", "flow", "any"] as const, random),
    defaultStringType: pick(["PLAIN", "QUOTE_DOUBLE", "BLOCK_FOLDED"] as const, random),
    aliasDuplicateObjects: random.uniform() < 0.5,
  };
  // Whoever writes YAML indents: a thousand levels would be megabytes of spaces. JSON is YAML too.
  const json = JSON.stringify(changed) ?? "null";
  const text = DEEP.test(json) ? json : stringify(changed, style);
  if (kind < 14) return Buffer.from(text);
  const lines = text.split("\n");
  lines.splice(random.below(lines.length + 1), 0, pick(TRICKS, random).trimEnd());
  return Buffer.from(lines.join(pick(["\n", "\n", "\r\n", "\r"], random)));
}

function opened(document: object, read: (path: string) => Promise<unknown>): OpenParser {
  const scratch = new Scratch();
  const flow = stringify(document, { collectionStyle: "flow" });
  return {
    seeds: [stringify(document), flow].map((text) => Buffer.from(text)),
    read: async (bytes) => read(scratch.write("file.yaml", bytes)),
    grammar: (random) => grammar(document, random),
    close: async () => scratch.remove(),
  };
}

export const openRun = async (): Promise<OpenParser> => opened(run, (path) => readConfiguration(path));
export const openStudy = async (): Promise<OpenParser> => opened(study, readStudy);
export const openNetwork = async (): Promise<OpenParser> => opened(network, readNetworkFile);
