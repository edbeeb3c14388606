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
  .describe(
    "what the images are, which decides how intensities are normalised: one word for all channels, or a list with one for each; default: what each channel's name in dataset.json says, else `other`",
  );

const subjectsSchema = z
  .union(
    [
      z.string(),
      z.strictObject({
        file: z
          .string()
          .describe("CSV file with columns dataset, case, subject, relative to the configuration file"),
        missing: z
          .enum(missingSubjectPolicies)
          .default("refuse")
          .describe(
            "what becomes of cases without a row: `refuse` the dataset, or let each be a subject of its `own`; a mistyped name then lets images of one person into training and test",
          ),
      }),
    ],
    `expected the path of a CSV file, or {file: path, missing: ${missingSubjectPolicies.join(" or ")}}`,
  )
  .transform((given) => (typeof given === "string" ? { file: given, missing: "refuse" as const } : given))
  .describe(
    "who the cases are, for datasets with several images of one person: a CSV file, or an object that names it; default: every case is another person",
  );

export const datasetSchema = z.strictObject({
  folder: z.string().describe("the dataset's folder, relative to the configuration file"),
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional()
    .describe("what it is called everywhere; default: the folder's own name"),
  layout: z
    .enum(layouts.map((layout) => layout.name))
    .optional()
    .describe("how its files lie; default: the first layout that fits"),
  modality: modalitySchema.optional(),
  organs: organsSchema.describe(
    "for each organ, the label values that make it up: a value, a range such as 1-40, or a list of both",
  ),
  subjects: subjectsSchema.optional(),
  licence: z.string().optional().describe("for the model card; default: what dataset.json says"),
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
