/** What a configuration says of preparation: what a bundle says, or that the plan is to choose, and what it may spend. */
import { z } from "zod";
import { preparationSchema, spacingPolicies } from "../preparation/index.js";

export const plannedPreparationSchema = preparationSchema.extend({
  spacing: z
    .discriminatedUnion("policy", [
      z.strictObject({
        policy: z
          .literal("planned")
          .describe("a `budget` that is chosen from the training images, so that no organ is lost"),
        ceiling: z.number().gt(0).lt(1).default(0.95).meta({
          description:
            "the Dice coefficient that references keep at least when they go to the prepared grid and back, on average over the training images of every dataset",
          unit: "a Dice coefficient",
          change: "up for organs whose border matters most, at the price of time and context",
        }),
      }),
      ...spacingPolicies,
    ])
    .default({ policy: "planned", ceiling: 0.95 })
    .meta({
      description:
        "the voxels that the network sees: `planned` chooses a `budget` from the training images; `budget` keeps an image's own voxels as far as their number allows, and makes the finest axes coarser where it does not; `native` takes the image's own, `fixed` brings all images to the same size in mm, `fit` makes isotropic ones, as many as asked along the longest side",
      change:
        "to `fixed` where the size of organs tells them apart and all images have true spacings; to `fit` for coarse networks that train in minutes",
    }),
  antialiasing: z.boolean().default(true).meta({
    description:
      "whether an image is smoothed before it is brought to coarser voxels, along each axis as much as such voxels would have smoothed it; never with the interpolation `nnunet`, which is nnU-Net's to the letter",
    change: "to false to compare with networks that were trained without it",
  }),
});
z.globalRegistry.add(plannedPreparationSchema, z.globalRegistry.get(preparationSchema) ?? {});

/** What a plan may spend. */
export const budgetSchema = z.strictObject({
  minutes: z.number().positive().max(1e6).optional().meta({
    description:
      "time for the updates of a network, which then decides how many there are instead of `updates`: an update is measured before the training, and plan.json keeps the number; validations and the fitting of the guard come on top",
    unit: "minutes on this machine",
    change: "to what you can wait for",
  }),
  patchVoxels: z
    .int()
    .min(512)
    .max(2 ** 24)
    .default(2 ** 17)
    .meta({
      description:
        "most voxels of a planned patch; with a planned spacing images have up to twice as many, and more only where organs would be lost: a patch then sees half of an image or more",
      unit: "voxels",
      change:
        "up for finer voxels and more context where there is time: an update takes as many times as long",
    }),
});
