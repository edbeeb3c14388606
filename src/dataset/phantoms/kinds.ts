/**
 * The kinds of phantom. Several hold look-alikes of another kind's organ: an ellipsoid of liver brightness is the
 * organ in one kind and mere surroundings in the next, so that only the whole image tells what to segment.
 */
import type { Random } from "../../base/index.js";
import type { Modality, Vector } from "../../volume/index.js";
import type { Body, Scene } from "./scene.js";

export interface PhantomKind {
  readonly name: string;
  readonly modality: Modality;
  readonly organ: string;
  /** Name of the channel, from which the modality can be read. */
  readonly channel: string;
  readonly spacing: Vector;
  readonly layout: "msd" | "nnunet" | "plain";
  /** Axes directions of the files. */
  readonly orientation: string;
  scene(random: Random): Scene;
}

/** A body whose place, size and turn vary from case to case. */
function vary(random: Random, body: Body, amount = 1): Body {
  const shift = (value: number): number => value + amount * random.between(-0.07, 0.07);
  const stretch = (value: number): number => value * (1 + amount * random.between(-0.14, 0.14));
  return {
    ...body,
    centre: body.centre.map(shift) as unknown as Vector,
    radii: body.radii.map(stretch) as unknown as Vector,
    turn: (body.turn ?? 0) + amount * random.between(-0.25, 0.25),
  };
}

const ct = { air: -1000, noise: 25, rician: false, bias: 0 };
const mr = (random: Random) => ({ air: 0, noise: 14, rician: true, bias: random.between(0.1, 0.5) });

const trunk = (random: Random): Body =>
  vary(random, { centre: [0, 0, 0], radii: [0.92, 0.78, 3], intensity: 20 }, 0.4);
const spine = (random: Random): Body =>
  vary(random, { centre: [0, -0.52, 0], radii: [0.15, 0.15, 1], intensity: 550, tubeBend: 0.03 }, 0.5);

export const trainedKinds: readonly PhantomKind[] = [
  {
    name: "phantom_liver_ct",
    modality: "CT",
    organ: "liver",
    channel: "CT",
    spacing: [4, 4, 4],
    layout: "msd",
    orientation: "RAS",
    scene: (random) => ({
      ...ct,
      bodies: [
        trunk(random),
        spine(random),
        // The spleen looks the same and is not the organ.
        vary(random, { centre: [-0.55, -0.1, 0.1], radii: [0.2, 0.32, 0.4], intensity: 130 }),
        vary(random, { centre: [0.42, 0.08, 0], radii: [0.42, 0.48, 0.62], intensity: 130, label: 1 }),
      ],
    }),
  },
  {
    name: "phantom_bladder_ct",
    modality: "CT",
    organ: "bladder",
    channel: "CT",
    spacing: [3.5, 3.5, 5],
    layout: "nnunet",
    orientation: "LPS",
    scene: (random) => ({
      ...ct,
      bodies: [
        trunk(random),
        vary(random, { centre: [-0.58, -0.05, 0], radii: [0.2, 0.2, 0.3], intensity: 650 }),
        vary(random, { centre: [0.58, -0.05, 0], radii: [0.2, 0.2, 0.3], intensity: 650 }),
        vary(random, { centre: [0, -0.42, 0], radii: [0.16, 0.14, 0.6], intensity: 130 }),
        vary(random, { centre: [0, 0.2, 0.05], radii: [0.32, 0.3, 0.45], intensity: 130, label: 1 }),
      ],
    }),
  },
  {
    name: "phantom_ventricles_mr_t1",
    modality: "MR",
    organ: "ventricles",
    channel: "MRI T1",
    spacing: [3, 3, 3.5],
    layout: "msd",
    orientation: "RAS",
    scene: (random) => ({
      ...mr(random),
      bodies: [
        vary(random, { centre: [0, 0, 0], radii: [0.85, 0.94, 0.9], intensity: 420 }, 0.3),
        vary(random, { centre: [0, 0, 0], radii: [0.77, 0.86, 0.82], intensity: 60 }, 0.1),
        vary(random, { centre: [0, 0, 0], radii: [0.7, 0.79, 0.75], intensity: 260 }, 0.3),
        vary(random, { centre: [-0.24, 0.05, 0.1], radii: [0.17, 0.48, 0.32], intensity: 90, label: 1 }),
        vary(random, { centre: [0.24, 0.05, 0.1], radii: [0.17, 0.48, 0.32], intensity: 90, label: 1 }),
      ],
    }),
  },
  {
    name: "phantom_prostate_mr_t2",
    modality: "MR",
    organ: "prostate",
    channel: "MRI T2",
    spacing: [3, 3, 3],
    layout: "nnunet",
    orientation: "LAS",
    scene: (random) => ({
      ...mr(random),
      bodies: [
        vary(random, { centre: [0, 0, 0], radii: [0.95, 0.85, 3], intensity: 130 }, 0.3),
        // Dark ellipsoids like the ventricles of the T1 kind, here muscle.
        vary(random, { centre: [-0.62, 0, 0], radii: [0.17, 0.45, 0.7], intensity: 60 }),
        vary(random, { centre: [0.62, 0, 0], radii: [0.17, 0.45, 0.7], intensity: 60 }),
        vary(random, { centre: [0, -0.5, 0], radii: [0.2, 0.17, 0.7], intensity: 40 }),
        vary(random, { centre: [0, 0.05, 0], radii: [0.36, 0.3, 0.5], intensity: 330, label: 1 }),
        vary(random, { centre: [0, 0.52, 0.4], radii: [0.3, 0.2, 0.35], intensity: 330 }),
      ],
    }),
  },
  {
    name: "phantom_kidneys_mr_t2",
    modality: "MR",
    organ: "kidneys",
    channel: "MRI T2",
    spacing: [4.5, 4.5, 4.5],
    layout: "msd",
    orientation: "RAS",
    scene: (random) => ({
      ...mr(random),
      bodies: [
        vary(random, { centre: [0, 0, 0], radii: [0.94, 0.74, 3], intensity: 230 }, 0.3),
        vary(random, { centre: [-0.3, 0.28, 0.2], radii: [0.45, 0.32, 0.5], intensity: 110 }),
        vary(random, { centre: [0, -0.4, 0], radii: [0.17, 0.17, 1], intensity: 90, tubeBend: 0.03 }, 0.5),
        vary(random, { centre: [-0.52, -0.25, 0], radii: [0.2, 0.25, 0.5], intensity: 360, label: 1 }),
        vary(random, { centre: [0.52, -0.25, 0], radii: [0.2, 0.25, 0.5], intensity: 360, label: 1 }),
        vary(random, { centre: [0.35, 0.35, 0.1], radii: [0.22, 0.2, 0.35], intensity: 360 }),
      ],
    }),
  },
  {
    name: "phantom_cord_mr_t2",
    modality: "MR",
    organ: "spinal cord",
    channel: "MRI T2",
    spacing: [1.5, 1.5, 3],
    layout: "plain",
    orientation: "RPI",
    scene: (random) => ({
      ...mr(random),
      bodies: [
        vary(random, { centre: [0, 0, 0], radii: [0.8, 0.88, 3], intensity: 150 }, 0.4),
        vary(random, { centre: [0, 0.4, 0], radii: [0.34, 0.27, 1], intensity: 240, tubeBend: 0.04 }, 0.5),
        vary(random, { centre: [0, -0.12, 0], radii: [0.34, 0.3, 1], intensity: 430, tubeBend: 0.05 }, 0.4),
        {
          ...vary(
            random,
            { centre: [0, -0.12, 0], radii: [0.22, 0.19, 1], intensity: 190, tubeBend: 0.05 },
            0.5,
          ),
          label: 1,
        },
      ],
    }),
  },
];

/** Kinds that no network is trained on. */
export const foreignKinds: readonly PhantomKind[] = [
  {
    name: "foreign_chest_ct",
    modality: "CT",
    organ: "none",
    channel: "CT",
    spacing: [5, 5, 5],
    layout: "plain",
    orientation: "RAS",
    scene: (random) => ({
      ...ct,
      bodies: [
        trunk(random),
        spine(random),
        vary(random, { centre: [-0.45, 0.05, 0], radii: [0.34, 0.5, 0.9], intensity: -850 }),
        vary(random, { centre: [0.45, 0.05, 0], radii: [0.34, 0.5, 0.9], intensity: -850 }),
        ...Array.from({ length: 14 }, () =>
          vary(random, {
            centre: [random.between(-0.7, 0.7), random.between(-0.3, 0.4), random.between(-0.8, 0.8)],
            radii: [0.05, 0.05, 0.1],
            intensity: 40,
          }),
        ),
      ],
    }),
  },
  {
    name: "foreign_thigh_mr_t1",
    modality: "MR",
    organ: "none",
    channel: "MRI T1",
    spacing: [3, 3, 5],
    layout: "plain",
    orientation: "RAS",
    scene: (random) => ({
      ...mr(random),
      bodies: [-0.5, 0.5].flatMap((x) => [
        vary(random, { centre: [x, 0, 0], radii: [0.44, 0.6, 3], intensity: 420 }, 0.4),
        vary(random, { centre: [x, 0, 0], radii: [0.36, 0.5, 3], intensity: 120 }, 0.4),
        vary(random, { centre: [x, 0.05, 0], radii: [0.1, 0.1, 1], intensity: 20, tubeBend: 0.02 }, 0.4),
        vary(random, { centre: [x, 0.05, 0], radii: [0.05, 0.05, 1], intensity: 400, tubeBend: 0.02 }, 0.4),
      ]),
    }),
  },
  {
    name: "foreign_breast_us",
    modality: "US",
    organ: "none",
    channel: "ultrasound",
    spacing: [1, 1, 1],
    layout: "plain",
    orientation: "RAS",
    scene: (random) => ({
      air: 90,
      noise: 60,
      rician: true,
      bias: random.between(0.8, 1.2),
      bodies: [
        ...Array.from({ length: 6 }, (_, layer) =>
          vary(random, {
            centre: [0, 0.9 - 0.32 * layer, 0],
            radii: [3, 0.07, 3],
            intensity: layer % 2 ? 40 : 220,
          }),
        ),
        vary(random, { centre: [random.between(-0.4, 0.4), 0, 0], radii: [0.25, 0.2, 0.25], intensity: 20 }),
      ],
    }),
  },
];
