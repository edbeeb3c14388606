/** The file that says how a network of other software is used: what `sureseg guard fit` reads. */
import { z } from "zod";
import { windowPlanSchema } from "../bundle/index.js";
import { outputMeanings } from "../graph/model/index.js";
import { activations } from "../inference/index.js";
import { labelModes, overlappingOrgansSchema, refuseOverlaps } from "../labels/index.js";
import { preparationSchema } from "../preparation/index.js";
import { parseWith, readYaml } from "../run/configuration-file.js";
import { modalities } from "../volume/index.js";

const activationNames = Object.keys(activations) as [keyof typeof activations];
const text = z.string().max(20_000);

const fileSchema = z.strictObject({
  name: z.string().min(1).max(200).meta({ description: "what the bundle is called" }),
  modalities: z.array(z.enum(modalities)).min(1).max(64).meta({
    description:
      "what the channels of an image are, in the network's order; each goes through the steps of its modality",
  }),
  organs: overlappingOrgansSchema.describe(
    "the classes or regions in the order of the output's channels, without background; for each, the label values of reference files, of which regions may share some",
  ),
  regions: z.record(z.string(), z.int().min(1).max(255)).optional().meta({
    description:
      "where the organs are regions that may contain each other: the value that masks get where a region's probability is above 0.5, in the order in which they are painted, so that the last region wins (nnU-Net's regions_class_order)",
  }),
  axes: z.string().min(2).max(3).default("kji").meta({
    description:
      'the image\'s axes i, j, k (first to last in a NIfTI file) in the order of the network\'s: "kji" for nnU-Net and whatever reads by SimpleITK, "ijk" for MONAI and whatever reads by nibabel; two of them for a network of slices',
  }),
  input: z.string().optional().meta({ description: "name of the input, where there are several" }),
  output: z
    .strictObject({
      name: z
        .string()
        .optional()
        .meta({ description: "name of the output, where several have the image's size" }),
      meaning: z.enum(outputMeanings).optional().meta({
        description:
          "what its numbers are; where absent what the graph says: probabilities after a Softmax or Sigmoid, else logits",
      }),
      activation: z.enum(activationNames).optional().meta({
        description:
          "what turns logits into probabilities; where absent softmax if there is a channel of background, else sigmoid",
      }),
      labelMode: z.enum(labelModes).optional().meta({
        description:
          "what channels stand for; where absent `regions` if there are any, `exclusive` if there is a channel of background, else `union`",
      }),
    })
    .prefault({}),
  preparation: preparationSchema.describe("what is done to an image before the network sees it"),
  windows: windowPlanSchema
    .partial()
    .prefault({})
    .describe(
      "how images are cut; where absent the size that the network fixes, or 64 voxels, with an overlap of a half",
    ),
  card: z
    .strictObject({
      summary: text.default("A network of other software, with a guard that was fitted afterwards."),
      intendedUse: text.default("Research. Not a medical device."),
      licence: z.string().max(200).default("Follows the licence of the network."),
    })
    .prefault({}),
});

export const networkFileSchema = fileSchema.superRefine((file, context) => {
  const wrong = (path: readonly string[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const { organs, regions } = file;
  // JavaScript keeps such keys in the order of their numbers, whatever the file says.
  const numbered = Object.keys(organs).find((name) => /^\d+$/.test(name));
  if (numbered !== undefined && Object.keys(organs).length > 1)
    wrong(["organs", numbered], `found a name that is a number, expected a word, such as class ${numbered}`);
  if (regions === undefined) {
    const advice = "say by `regions` what masks get, where they contain each other";
    refuseOverlaps(organs, context, { path: ["organs"], advice });
    if (file.output.labelMode === "regions")
      wrong(
        ["regions"],
        "found nothing, expected the value that masks get of each region, in the order of painting",
      );
    return;
  }
  if ((file.output.labelMode ?? "regions") !== "regions")
    wrong(["output", "labelMode"], `found ${file.output.labelMode}, expected regions, since there are some`);
  for (const organ of Object.keys(organs).filter((name) => !Object.hasOwn(regions, name)))
    wrong(["regions"], `expected every organ: ${organ} is missing`);
  const values = Object.values(regions);
  for (const [organ, value] of Object.entries(regions)) {
    if (!Object.hasOwn(organs, organ)) wrong(["regions", organ], "found a name that is not among the organs");
    else if (!organs[organ]!.includes(value))
      wrong(
        ["regions", organ],
        `found ${value}, expected one of its label values ${organs[organ]!.join(", ")}`,
      );
    if (values.indexOf(value) !== values.lastIndexOf(value))
      wrong(["regions", organ], `found ${value} twice, expected a value of its own for each region`);
  }
});

export type NetworkFile = z.output<typeof networkFileSchema>;

/** As it is written: what has a default may be missing. */
export type NetworkFileInput = z.input<typeof networkFileSchema>;

/** @throws UserError listing every wrong field */
export async function readNetworkFile(path: string): Promise<NetworkFile> {
  const { data, lineOf } = await readYaml(path);
  return parseWith(networkFileSchema, data, path, lineOf);
}
