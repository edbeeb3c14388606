/**
 * Chooses spacing, patch and strides from the training images, before anything is prepared.
 *
 * The spacing is a rule that looks at an image alone, since nobody says at prediction which dataset it is from, and sizes run
 * from a mouse of 0.15 mm to a PET of 5 mm. nnU-Net takes the median spacing of its one dataset; what carries over is that an
 * image is seen in its own voxels unless a patch would then see too little of it. nnU-Net adds a coarse network where a patch
 * holds less than a quarter of a typical image (Isensee et al., 2021). Here images get at most two patches of voxels (the policy
 * `budget`), so one network sees enough, and the number is doubled until the organs of every dataset survive it. With two instead of
 * four, a joint network learns several times faster (docs/recipe.md).
 */
import { caseKey, UserError, type WorkHooks } from "../base/index.js";
import {
  type CaseResolution,
  caseResolution,
  type Dataset,
  type ResolutionCeiling,
  type Split,
} from "../dataset/index.js";
import type { OrganSelection } from "../labels/index.js";
import { summary } from "../metrics/index.js";
import { planGeometry, type TypicalImage } from "../network/index.js";
import type { Preparation } from "../preparation/index.js";
import { type Vector, voxelCount } from "../volume/index.js";
import type { Configuration } from "./configuration.js";
import { budgetSchema, plannedPreparationSchema } from "./planned-preparation.js";
import type { DatasetResolution, ResolutionPlan } from "./resolution-plan.js";

/** What is looked at, and what is left to choose. */
export interface ResolutionTask {
  readonly asked: Pick<Configuration, "preparation" | "patch" | "network" | "budget" | "labelMode">;
  readonly datasets: readonly { readonly dataset: Dataset; readonly organs: OrganSelection }[];
  readonly split: Split;
  /** Keeps what was found of each image. */
  readonly cacheFolder: string;
}

export interface PlannedResolution {
  readonly plan: ResolutionPlan;
  /** What could not be had. */
  readonly warnings: readonly string[];
}

/** Patches of voxels in an image where organs allow. */
const PATCHES = 2;
/** How often that is doubled at most: 16 times as many voxels take 16 times as long to predict. */
const DOUBLINGS = 4;
/** Training images of a dataset that are looked at: medians and means need no more. */
const MOST_IMAGES = 12;

/** @throws UserError where a dataset has no training image that can be looked at */
export async function planResolution(task: ResolutionTask, hooks: WorkHooks): Promise<PlannedResolution> {
  const { asked } = task;
  const { spacing } = asked.preparation;
  const candidates: Preparation["spacing"][] =
    spacing.policy === "planned" ? budgets(asked.budget) : [spacing];
  const measured = await lookAtImages(task, candidates, hooks);
  const found = candidates.map((_, at) =>
    [...measured].map(([name, cases]) => resolutionOf(name, cases, at, asked)),
  );
  const wanted = spacing.policy === "planned" ? spacing.ceiling : 0;
  const enough = found.findIndex((datasets) => datasets.every(({ ceiling }) => ceiling.mean >= wanted));
  const chosen = enough < 0 ? candidates.length - 1 : enough;
  const datasets = found[chosen]!;
  const geometry = planGeometry(
    typicalImage(datasets),
    { voxels: asked.budget.patchVoxels, levels: asked.network.levels },
    asked.network,
  );
  const plan: ResolutionPlan = {
    spacing: candidates[chosen]!,
    patch: [...(asked.patch ?? geometry.patch)],
    levels: geometry.levels,
    strides: geometry.strides.map((one) => [...one]) as ResolutionPlan["strides"],
    kernels: geometry.kernels.map((one) => [...one]) as ResolutionPlan["kernels"],
    datasets,
  };
  return { plan, warnings: [...lostOrgans(datasets, wanted), ...narrowPatches(plan)] };
}

const budgets = ({ patchVoxels }: Configuration["budget"]): Preparation["spacing"][] =>
  Array.from({ length: DOUBLINGS + 1 }, (_, n) => ({
    policy: "budget",
    voxels: PATCHES * patchVoxels * 2 ** n,
  }));

/** What the plan of a training with default settings tries first. */
export const firstPreparation = {
  ...plannedPreparationSchema.parse({}),
  spacing: { policy: "budget", voxels: PATCHES * budgetSchema.parse({}).patchVoxels },
} as const satisfies Preparation;

/** By dataset. A case that cannot be used is left out here; preparation names them all. */
async function lookAtImages(
  { asked, datasets, split, cacheFolder }: ResolutionTask,
  spacings: readonly Preparation["spacing"][],
  hooks: WorkHooks,
): Promise<Map<string, CaseResolution[]>> {
  const training = new Set(split.train);
  const measured = new Map<string, CaseResolution[]>();
  const { spacing: _, ...preparation } = asked.preparation;
  for (const { dataset, organs } of datasets) {
    const own = dataset.cases.filter(({ id }) => training.has(caseKey({ dataset: dataset.name, id })));
    const looked = evenly(own, MOST_IMAGES);
    const cases: CaseResolution[] = [];
    let fault: UserError | undefined;
    hooks.stage(`planning the resolution of ${dataset.name}`, looked.length, "images");
    for (const [index, files] of looked.entries()) {
      hooks.signal?.throwIfAborted();
      try {
        cases.push(await caseResolution(dataset, files, { organs, preparation, spacings, cacheFolder }));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        fault ??= error;
      }
      hooks.progress(index + 1);
    }
    if (cases.length === 0) throw fault ?? withoutTraining(dataset.name);
    measured.set(dataset.name, cases);
  }
  return measured;
}

/** At most `most` of a list, spread over all of it. */
const evenly = <Item>(items: readonly Item[], most: number): Item[] => {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, n) => items[Math.floor((n * items.length) / count)]!);
};

const withoutTraining = (dataset: string): UserError =>
  new UserError({
    subject: `dataset ${dataset}`,
    found: "no image to train on",
    expected: "at least one, to choose spacing and patch by",
    advice: "Check the split, or give preparation.spacing and patch.",
  });

/** @param at which of the spacings that were tried */
function resolutionOf(
  dataset: string,
  cases: readonly CaseResolution[],
  at: number,
  { labelMode }: Pick<Configuration, "labelMode">,
): DatasetResolution {
  const ceilings = cases.map(({ tried }) => scored(tried[at]!.ceiling, labelMode));
  const organs = ceilings[0]!.map((_, organ) => summary(ceilings.flatMap((own) => own[organ] ?? [])));
  const present = organs.filter(({ count }) => count > 0);
  const worst = present.reduce((least, one) => (one.mean < least.mean ? one : least), present[0]!);
  const sizes = (of: (one: CaseResolution) => CaseResolution["own"]) => ({
    shape: medians(cases.map((one) => of(one).shape)),
    spacing: medians(cases.map((one) => of(one).spacing)),
  });
  return {
    dataset,
    images: cases.length,
    own: sizes(({ own }) => own),
    prepared: sizes(({ tried }) => tried[at]!),
    ceiling: { mean: worst?.mean ?? 1, lowest: worst?.minimum ?? 1 },
  };
}

/** For each organ that masks are measured by. */
const scored = (
  { together, organs }: ResolutionCeiling,
  mode: Configuration["labelMode"],
): readonly (number | null)[] => (mode === "shared" ? [together] : organs);

const medians = (vectors: readonly Vector[]): [number, number, number] => {
  const along = (axis: number): number => summary(vectors.map((vector) => vector[axis]!)).median;
  return [along(0), along(1), along(2)];
};

/** Every dataset counts the same. Sides are compared within an image: a mouse's in mm say nothing of a patient's. */
function typicalImage(datasets: readonly DatasetResolution[]): TypicalImage {
  const relative = ({ prepared: { spacing } }: DatasetResolution): Vector => {
    const shortest = Math.min(...spacing);
    return [spacing[0] / shortest, spacing[1] / shortest, spacing[2] / shortest];
  };
  return {
    shape: medians(datasets.map(({ prepared }) => prepared.shape)),
    sides: medians(datasets.map(relative)),
  };
}

const lostOrgans = (datasets: readonly DatasetResolution[], wanted: number): string[] =>
  datasets
    .filter(({ ceiling }) => ceiling.mean < wanted)
    .map(
      ({ dataset, ceiling }) =>
        `${dataset}: references keep a Dice coefficient of ${ceiling.mean.toFixed(3)} in the finest voxels that were tried, less than the ${wanted} asked for; raise budget.patchVoxels, or check what cropping to the foreground cuts away`,
    );

/** Where organs needed finer voxels than patches were meant for. */
function narrowPatches({ datasets, patch }: ResolutionPlan): string[] {
  const narrow = datasets.filter(
    ({ prepared }) => voxelCount(prepared.shape) > 1.05 * PATCHES * voxelCount(patch),
  );
  if (narrow.length === 0) return [];
  return [
    `a patch sees less than half of a typical image of ${narrow.map(({ dataset }) => dataset).join(", ")}; budget.patchVoxels of ${Math.ceil(Math.max(...narrow.map(({ prepared }) => voxelCount(prepared.shape))) / PATCHES)} would show more, where there is time`,
  ];
}
