/** What a label means, in codes: organ, tissue or lesion, its side, and where a lesion is. */
import {
  ABNORMAL_STRUCTURE,
  ANATOMICAL_STRUCTURE,
  type Code,
  LEFT,
  ORGAN,
  RIGHT,
  snomed,
  TISSUE,
} from "./codes.js";
import { ABNORMALITIES, OTHER_NAMES, STRUCTURES, SYNONYMS, TISSUES } from "./snomed-codes.js";

/** Segmented Property Category, Type and Type Modifier (PS3.3 C.8.20.2), with the region of what is no structure itself. */
export interface SegmentedProperty {
  readonly category: Code;
  readonly type: Code;
  readonly side?: Code;
  readonly region?: Code;
}

/** What nobody knows better: some tissue, which says nothing wrong. The segment's label holds the name. */
const UNKNOWN: SegmentedProperty = { category: TISSUE, type: TISSUE };

/** Words that change nothing. */
const FILLERS = new Set(["of", "the", "a"]);

/**
 * Codes for a name such as "liver", "kidney_left" or "tumour of the left lung". Every word must be understood: a name of
 * which only a part is known ("liver remnant") is coded as unknown, for a wrong code is worse than none.
 *
 * @param names one, or several that a segment stands for together, without saying which
 */
export function segmentedProperty(names: readonly string[]): SegmentedProperty {
  const properties = names.map(propertyOf);
  if (properties.length === 1) return properties[0]!;
  const organs = properties.every(({ category }) => category === ANATOMICAL_STRUCTURE);
  return organs ? { category: ANATOMICAL_STRUCTURE, type: ORGAN } : UNKNOWN;
}

function propertyOf(name: string): SegmentedProperty {
  const words = wordsOf(name);
  const whole = healthy(words);
  if (whole !== undefined) return whole;
  const wrong = words.find((word) => known.abnormalities.has(word));
  if (wrong === undefined) return UNKNOWN;
  const type = { category: ABNORMAL_STRUCTURE, type: known.abnormalities.get(wrong)! };
  const others = words.filter((word) => word !== wrong);
  if (others.length === 0) return type;
  const place = healthy(others);
  if (place === undefined) return UNKNOWN;
  return { ...type, region: place.type, ...(place.side && { side: place.side }) };
}

/** A structure or tissue, whatever the order of words; "left atrium" is one of its own, "left kidney" has a side. */
function healthy(words: readonly string[]): SegmentedProperty | undefined {
  const own = plain(words);
  if (own !== undefined) return own;
  const [left, right] = ["left", "right"].map((side) => words.includes(side));
  if (left === right) return undefined;
  const found = plain(words.filter((word) => word !== "left" && word !== "right"));
  return found && { ...found, side: left ? LEFT : RIGHT };
}

function plain(words: readonly string[]): SegmentedProperty | undefined {
  const key = keyOf(words);
  const structure = known.structures.get(key);
  if (structure !== undefined) return { category: ANATOMICAL_STRUCTURE, type: structure };
  const tissue = known.tissues.get(key);
  return tissue && { category: TISSUE, type: tissue };
}

/** Lower case, parted at anything that is neither letter nor digit; the singular where that is a word of the tables. */
function wordsOf(name: string): string[] {
  const parts = name
    .toLowerCase()
    .split(/[^\p{Letter}\p{Number}]+/u)
    .filter((word) => word !== "" && !FILLERS.has(word));
  return parts.flatMap((word) => (synonyms.get(word) ?? singular(word)).split(" "));
}

function singular(word: string): string {
  if (vocabulary.has(word) || !word.endsWith("s")) return word;
  const one = word.slice(0, -1);
  return synonyms.get(one) ?? (vocabulary.has(one) ? one : word);
}

const keyOf = (words: readonly string[]): string => words.toSorted().join(" ");

const contentWords = (meaning: string): string[] =>
  meaning
    .toLowerCase()
    .split(" ")
    .filter((word) => !FILLERS.has(word));

const byWords = (table: Readonly<Record<string, string>>): Map<string, Code> =>
  new Map(
    Object.entries(table).map(([meaning, value]) => [keyOf(contentWords(meaning)), snomed(value, meaning)]),
  );

const known = {
  structures: byWords(STRUCTURES),
  tissues: byWords(TISSUES),
  abnormalities: byWords(ABNORMALITIES),
};
for (const [other, meaning] of Object.entries(OTHER_NAMES))
  known.structures.set(keyOf(contentWords(other)), snomed(STRUCTURES[meaning]!, meaning));

const synonyms = new Map(Object.entries(SYNONYMS));

const vocabulary = new Set(
  [STRUCTURES, TISSUES, ABNORMALITIES, OTHER_NAMES].flatMap((table) =>
    Object.keys(table).flatMap(contentWords),
  ),
);
