/** A guard as JSON: every number exact, everything checked when read. */

import { z } from "zod";
import { parseJson, UserError } from "../base/index.js";
import type { Guard } from "./guard.js";
import { signatureForms } from "./signature.js";
import { fitThreshold, thresholdSchema } from "./thresholds/index.js";

const FORMAT = "sureseg-guard";
const VERSION = 1;

const name = z.string().min(1).max(500);

const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

const guardSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  form: z.enum(signatureForms),
  epsilon: z.number().positive(),
  layers: z
    .array(
      z.strictObject({
        name,
        channels: z.int().min(1).max(4096),
        mean: z.number().min(0),
        deviation: z.number().positive(),
      }),
    )
    .min(1)
    .max(64),
  threshold: z.strictObject({ choice: thresholdSchema, value: z.number() }),
  calibration: z.strictObject({
    source: z.enum(["leave-one-out", "held-out"]),
    leaveOut: z.enum(["case", "subject"]),
    measures: z.array(z.number()).min(1).max(100_000),
    own: z.strictObject({ first: z.int().min(0), count: z.int().min(1) }).optional(),
  }),
  training: z
    .array(
      z.strictObject({
        dataset: name,
        case: name,
        signatures: z.array(z.array(z.number()).max(4096)).max(64),
      }),
    )
    .min(1)
    .max(100_000),
});

/**
 * JSON text; the subjects of the training images are not in it.
 *
 * @throws UserError where the guard could not be read again
 */
export function guardToJson(guard: Guard): string {
  const { form, epsilon, layers, threshold, calibration, training } = guard;
  const written: z.infer<typeof guardSchema> = {
    format: FORMAT,
    version: VERSION,
    form,
    epsilon,
    layers: layers.map((layer) => ({ ...layer })),
    threshold: { choice: threshold.choice, value: threshold.value },
    calibration: { ...calibration, measures: [...calibration.measures] },
    training: training.map((image) => ({
      dataset: image.dataset,
      case: image.case,
      signatures: image.signatures.map((signature) => [...signature]),
    })),
  };
  const text = JSON.stringify(written);
  // Nothing is written that could not be read: numbers that are not finite have become null by now.
  guardFromJson(text, "the guard to be written");
  return text;
}

/**
 * @param name what messages call it: the file's name
 * @throws UserError naming the field that is wrong, or the version where it is another
 */
export function guardFromJson(text: string, name = "guard.json"): Guard {
  const { version } = parseJson(text, header, name);
  if (version !== VERSION) {
    throw new UserError({
      subject: name,
      found: `format version ${version}`,
      expected: `version ${VERSION}`,
      advice: "Fit the guard again, or use the version of sureseg that wrote it.",
    });
  }
  const { form, epsilon, layers, threshold, calibration, training } = parseJson(text, guardSchema, name);
  const refuse = (field: string, found: string, expected: string): never => {
    throw new UserError({
      subject: `${name}, ${field}`,
      found,
      expected,
      advice: "The file was changed by hand or damaged; fit the guard again.",
    });
  };
  if (new Set(layers.map((layer) => layer.name)).size !== layers.length) {
    refuse("layers", "a layer twice", "each layer once");
  }
  training.forEach((image, at) => {
    const found = image.signatures.map(({ length }) => length).join(", ");
    const expected = layers.map(({ channels }) => channels).join(", ");
    if (found !== expected)
      refuse(`training.${at}.signatures`, `lengths ${found}`, `the layers' ${expected}`);
  });
  const { own, measures } = calibration;
  if (own !== undefined && own.first + own.count > measures.length) {
    refuse("calibration.own", `${own.count} from ${own.first} on`, `within the ${measures.length} measures`);
  }
  if (fitThreshold(measures, threshold.choice) !== threshold.value) {
    refuse(
      "threshold.value",
      `${threshold.value}`,
      "the one that its rule gives for the calibration measures",
    );
  }
  return {
    form,
    epsilon,
    layers,
    threshold,
    calibration,
    training: training.map((image) => ({
      ...image,
      signatures: image.signatures.map((signature) => Float64Array.from(signature)),
    })),
  };
}
