/** How a configuration names a dataset. */

import { z } from "zod";
import { layouts, missingSubjectPolicies } from "../dataset/index.js";
import { organsSchema } from "../labels/index.js";
import { modalities } from "../volume/index.js";

const modality = z.enum(modalities);

export const modalitySchema = z
  .union(
    [modality, z.array(modality).min(1)],
    `expected one of ${modalities.join(", ")}, or one for each channel`,
  )
  .meta({
    description:
      "what the images are, which decides how intensities are normalised: one word for all channels, or a list with one for each; where absent what each channel's name in dataset.json says, else `other`",
    change: "where the names say nothing, and always in the plain layout",
  });

const subjectsSchema = z
  .union(
    [
      z.string(),
      z.strictObject({
        file: z.string().meta({
          description: "CSV file with columns dataset, case, subject, relative to the configuration file",
        }),
        missing: z.enum(missingSubjectPolicies).default("refuse").meta({
          description:
            "what becomes of cases without a row: `refuse` the dataset, or let each be a subject of its `own`",
          change:
            "to `own` only where these are people of their own; a mistyped name lets images of one person into training and test",
        }),
      }),
    ],
    `expected the path of a CSV file, or {file: path, missing: ${missingSubjectPolicies.join(" or ")}}`,
  )
  .transform((given) => (typeof given === "string" ? { file: given, missing: "refuse" as const } : given))
  .meta({
    description:
      "who the cases are: a CSV file, or an object that names it; where absent every case is another person",
    change: "where a person has several images",
  });

export const datasetSchema = z.strictObject({
  folder: z.string().meta({ description: "the dataset's folder, relative to the configuration file" }),
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional()
    .meta({
      description: "what the dataset is called everywhere; the folder's own name where absent",
      change: "where two folders have the same name",
    }),
  layout: z
    .enum(layouts.map((layout) => layout.name))
    .optional()
    .meta({
      description: "how the files lie (docs/data.md); the first layout that fits where absent",
      change: "where a folder fits more than one layout",
    }),
  modality: modalitySchema.optional(),
  organs: organsSchema.describe(
    "for each organ, the label values that make it up: a value, a range such as 1-40, or a list of both",
  ),
  subjects: subjectsSchema.optional(),
  licence: z.string().optional().meta({
    description: "the licence of the data, for the model card; what dataset.json says where absent",
    change: "whenever you know it",
  }),
  source: z.string().max(2000).optional().meta({
    description: "who made the data and where they are, as the licence wants it said, for the model card",
    change: "whenever you pass the bundle on",
  }),
});

type DatasetConfiguration = z.output<typeof datasetSchema>;

/** With paths made absolute by `from`. */
export const withAbsolutePaths = (
  dataset: DatasetConfiguration,
  from: (path: string) => string,
): DatasetConfiguration => ({
  ...dataset,
  folder: from(dataset.folder),
  subjects: dataset.subjects && { ...dataset.subjects, file: from(dataset.subjects.file) },
});
