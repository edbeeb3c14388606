/** A guard as JSON: every number exact, everything checked when read. */

import { z } from "zod";
import { parseJson, UserError } from "../base/index.js";
import type { Guard, GuardCalibration } from "./guard.js";
import { usualMeasures } from "./guard-parts.js";
import { roughnessModelOf, roughnessSchema, writtenRoughness } from "./roughness-json.js";
import { signatureForms } from "./signature.js";
import { fitThreshold, thresholdSchema } from "./thresholds/index.js";

const FORMAT = "sureseg-guard";

/** Version 1 looks at the signature alone, with one scale for all datasets. */
const VERSIONS = [1, 2];

const name = z.string().min(1).max(500);

const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

const layerFields = {
  name,
  channels: z.int().min(1).max(4096),
  mean: z.number().min(0),
  deviation: z.number().positive(),
};

const calibrationFields = {
  source: z.enum(["leave-one-out", "held-out"]),
  leaveOut: z.enum(["case", "subject"]),
  own: z.strictObject({ first: z.int().min(0), count: z.int().min(1) }).optional(),
};

const commonFields = {
  format: z.literal(FORMAT),
  form: z.enum(signatureForms),
  epsilon: z.number().positive(),
  threshold: z.strictObject({ choice: thresholdSchema, value: z.number() }),
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
};

const firstSchema = z.strictObject({
  ...commonFields,
  version: z.literal(1),
  layers: z.array(z.strictObject(layerFields)).min(1).max(64),
  calibration: z.strictObject({
    ...calibrationFields,
    measures: z.array(z.number()).min(1).max(100_000),
  }),
});

const scale = z.strictObject({ dataset: name, mean: z.number().min(0), deviation: z.number().positive() });

const guardSchema = z.strictObject({
  ...commonFields,
  version: z.literal(2),
  layers: z
    .array(z.strictObject({ ...layerFields, datasets: z.array(scale).min(1).max(1000) }))
    .min(1)
    .max(64),
  roughness: roughnessSchema,
  calibration: z.strictObject({
    ...calibrationFields,
    /** Of a network of an ensemble: joint measures of all its networks. */
    measures: z.array(z.number()).min(1).max(100_000).optional(),
    /** One for each image that the network measured itself; its joint measures follow from them. */
    parts: z
      .array(z.strictObject({ signature: z.number(), roughness: z.number(), doubt: z.number() }))
      .min(1)
      .max(100_000),
    images: z
      .array(
        z.strictObject({
          dataset: name,
          case: name,
          files: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .optional(),
        }),
      )
      .max(100_000),
  }),
});

/**
 * JSON text; the subjects of the training images are not in it.
 *
 * @throws UserError where the guard could not be read again
 */
export function guardToJson(guard: Guard): string {
  const text = JSON.stringify(writtenGuard(guard));
  // Nothing is written that could not be read: numbers that are not finite have become null by now.
  guardFromJson(text, "the guard to be written");
  return text;
}

function writtenGuard(guard: Guard): z.infer<typeof firstSchema> | z.infer<typeof guardSchema> {
  const { form, epsilon, layers, threshold, calibration, training, roughness } = guard;
  const { source, leaveOut, own, measures, parts = [], images = [] } = calibration;
  const common = {
    format: FORMAT,
    form,
    epsilon,
    threshold: { choice: threshold.choice, value: threshold.value },
    training: training.map((image) => ({
      dataset: image.dataset,
      case: image.case,
      signatures: image.signatures.map((signature) => [...signature]),
    })),
  } as const;
  if (roughness === undefined) {
    return {
      ...common,
      version: 1,
      layers: layers.map(({ datasets: _, ...layer }) => layer),
      calibration: { source, leaveOut, measures: [...measures], ...(own && { own }) },
    };
  }
  return {
    ...common,
    version: 2,
    layers: layers.map(({ datasets = [], ...layer }) => ({
      ...layer,
      datasets: datasets.map((dataset) => ({ ...dataset })),
    })),
    roughness: writtenRoughness(roughness),
    calibration: {
      source,
      leaveOut,
      ...(own && { own, measures: [...measures] }),
      parts: parts.map(({ signature, roughness, doubt }) => ({ signature, roughness, doubt })),
      images: images.map((image) => ({ ...image })),
    },
  };
}

/**
 * @param name what messages call it: the file's name
 * @throws UserError naming the field that is wrong, or the version where it is another
 */
export function guardFromJson(text: string, name = "guard.json"): Guard {
  const { version } = parseJson(text, header, name);
  if (!VERSIONS.includes(version)) {
    throw new UserError({
      subject: name,
      found: `format version ${version}`,
      expected: `version ${VERSIONS.join(" or ")}`,
      advice: "Fit the guard again, or use the version of sureseg that wrote it.",
    });
  }
  const guard = version === 1 ? firstGuard(text, name) : joinedGuard(text, name);
  refuseContradictions(guard, name);
  return guard;
}

function firstGuard(text: string, name: string): Guard {
  const { form, epsilon, layers, threshold, calibration, training } = parseJson(text, firstSchema, name);
  return { form, epsilon, layers, threshold, calibration, training: typedSignatures(training) };
}

function joinedGuard(text: string, name: string): Guard {
  const parsed = parseJson(text, guardSchema, name);
  const { form, epsilon, layers, threshold, training } = parsed;
  const { parts, measures = usualMeasures(parts) } = parsed.calibration;
  const calibration: GuardCalibration = { ...parsed.calibration, measures };
  const roughness = roughnessModelOf(parsed.roughness, `${name}, roughness`);
  return { form, epsilon, layers, roughness, threshold, calibration, training: typedSignatures(training) };
}

const typedSignatures = (training: z.infer<typeof guardSchema>["training"]): Guard["training"] =>
  training.map((image) => ({
    ...image,
    signatures: image.signatures.map((signature) => Float64Array.from(signature)),
  }));

function refuseContradictions({ layers, threshold, calibration, training }: Guard, name: string): void {
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
  const known = [...new Set(training.map(({ dataset }) => dataset))].join(", ");
  for (const layer of layers) {
    const found = layer.datasets?.map(({ dataset }) => dataset).join(", ");
    if (found !== undefined && found !== known) {
      refuse(`layers, ${layer.name}, datasets`, found, `the training images' datasets ${known}`);
    }
  }
  training.forEach((image, at) => {
    const found = image.signatures.map(({ length }) => length).join(", ");
    const expected = layers.map(({ channels }) => channels).join(", ");
    if (found !== expected)
      refuse(`training.${at}.signatures`, `lengths ${found}`, `the layers' ${expected}`);
  });
  const { own, parts, images, measures } = calibration;
  if (own !== undefined && own.first + own.count > measures.length) {
    refuse("calibration.own", `${own.count} from ${own.first} on`, `within the ${measures.length} measures`);
  }
  if (parts !== undefined && parts.length !== (own?.count ?? measures.length)) {
    refuse("calibration.parts", `${parts.length} images`, "one for each of the network's own measures");
  }
  if (parts !== undefined && images!.length !== parts.length) {
    refuse("calibration.images", `${images!.length} images`, `one for each of the ${parts.length} measures`);
  }
  if (fitThreshold(measures, threshold.choice) !== threshold.value) {
    refuse(
      "threshold.value",
      `${threshold.value}`,
      "the one that its rule gives for the calibration measures",
    );
  }
}
