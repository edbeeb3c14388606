/** CSV files that say which cases are of one subject. */
import type { Random } from "../../../src/base/index.js";
import { readSubjects } from "../../../src/dataset/subjects.js";
import { pick } from "../mutations.js";
import type { OpenParser } from "../parser.js";
import { Scratch } from "./scratch.js";

const IDS = ["case_1", "case_2", "case_3"];

const seeds = [
  "dataset,case,subject\nliver,case_1,p1\nliver,case_2,p1\nliver,case_3,p2\n",
  '\ufeffsubject,dataset,case,age\r\n"p, 1",liver,case_1,7\r\n"p ""2""",liver,case_2,\r\n\r\np3,liver,"case_3",9',
  "dataset;case;subject\nliver;case_1;p1\n",
  "dataset,case,subject\nother,x,1\n",
];

const CELLS = [
  ...["liver", "liver", "case_1", "case_2", "case_3", "case_1.nii.gz", "case_1_0000", "p1", "", " "],
  ...[
    '"',
    '""',
    '"a',
    'a"b',
    '"a\nb"',
    "a\rb",
    "\u0000",
    "é",
    "\ud800",
    "x".repeat(5000),
    "=1+1",
    "__proto__",
    "\t",
  ],
];

function grammar(random: Random): Uint8Array {
  const separator = pick([",", ",", ",", ";", "\t"], random);
  const end = pick(["\n", "\r\n", "\r", "\n\n"], random);
  const width = random.uniform() < 0.8 ? 3 : random.below(6);
  const head =
    random.uniform() < 0.9 ? ["dataset", "case", "subject"] : [pick(CELLS, random), "case", "case"];
  const rows = Array.from({ length: random.below(12) }, () => {
    const cells = random.uniform() < 0.1 ? width + 1 : width;
    return Array.from({ length: cells }, (_, at) => {
      const usual = [["liver"], IDS, ["p1", "p2"]][at];
      return usual !== undefined && random.uniform() < 0.8 ? pick(usual, random) : pick(CELLS, random);
    });
  });
  return Buffer.from([head, ...rows].map((cells) => cells.join(separator)).join(end));
}

export async function open(): Promise<OpenParser> {
  const scratch = new Scratch();
  return {
    seeds: seeds.map((text) => Buffer.from(text)),
    async read(bytes, seed) {
      const file = scratch.write("subjects.csv", bytes);
      await readSubjects({ file, missing: seed % 2 === 0 ? "own" : "refuse" }, "liver", IDS);
    },
    grammar,
    close: async () => scratch.remove(),
  };
}
