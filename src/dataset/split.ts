/** Divides cases into training, validation and test by subject, across datasets. */
import { caseKey, groupBy, Random } from "../base/index.js";

export interface SplitCase {
  readonly id: string;
  readonly dataset: string;
  readonly subject: string;
}

export interface SplitOptions {
  /** Share of each dataset's subjects for testing; unused with folds. */
  readonly test: number;
  /** Share of each dataset's subjects for validation. */
  readonly validation: number;
  readonly seed: number;
  /** Number of folds: every subject is tested in exactly one. */
  readonly folds?: number;
  readonly fold?: number;
}

export const splitParts = ["train", "validation", "test"] as const;

export type Part = (typeof splitParts)[number];

/** Keys `dataset/case` of each part. */
export type Split = Readonly<Record<Part, string[]>>;

/**
 * One subject is in one part only, in whichever datasets it appears. Every dataset with at least three subjects of its
 * own gets at least one for testing and one for validation; the smallest dataset chooses first.
 */
export function splitBySubject(cases: readonly SplitCase[], options: SplitOptions): Split {
  const bySize = [...groupBy(cases, ({ dataset }) => dataset)]
    .map(([dataset, items]) => ({
      dataset,
      subjects: [...new Set(items.map(({ subject }) => subject))].sort(),
    }))
    .sort((a, b) => a.subjects.length - b.subjects.length || (a.dataset < b.dataset ? -1 : 1));
  const part = new Map<string, Part>();
  for (const { dataset, subjects } of bySize) assign(dataset, subjects, options, part);
  const split: Split = { train: [], validation: [], test: [] };
  for (const item of cases) split[part.get(item.subject) as Part].push(caseKey(item));
  return split;
}

function assign(
  dataset: string,
  subjects: readonly string[],
  options: SplitOptions,
  part: Map<string, Part>,
): void {
  const shuffled = Random.stream(options.seed, "split", dataset).shuffled(subjects);
  const { folds, fold = 0 } = options;
  const wanted = (share: number): number =>
    subjects.length < 3 || share === 0 ? 0 : Math.max(1, Math.round(share * subjects.length));
  const testCount = folds === undefined ? wanted(options.test) : 0;
  const inFold = (index: number): boolean => folds !== undefined && index % folds === fold;
  const has = (name: Part): number => subjects.filter((subject) => part.get(subject) === name).length;
  const free = (): [string, number][] =>
    shuffled
      .map((subject, index): [string, number] => [subject, index])
      .filter(([subject]) => !part.has(subject));
  for (const [subject, index] of free()) {
    if (folds === undefined ? has("test") < testCount : inFold(index)) part.set(subject, "test");
  }
  const validationCount = wanted(options.validation);
  for (const [subject] of free())
    part.set(subject, has("validation") < validationCount ? "validation" : "train");
}
