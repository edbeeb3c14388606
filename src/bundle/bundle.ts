/**
 * What a user ships: one folder with the network, its guard, and all that a prediction needs besides the image.
 *
 * `manifest.json` names every part with its length and SHA-256, so that a missing, altered or foreign part is refused.
 */
import { z } from "zod";
import { type Guard, guardSchema } from "../ood/index.js";
import { UserError } from "../user-error.js";
import { modalities, type Preparation, preparationSchema } from "../volume/index.js";

export const bundleVersion = 1;

export const modelPartSchema = z.strictObject({
  /** Foreground channels of `logits`, in order. */
  organs: z.array(z.string()).min(1).max(254),
  labelMode: z.enum(["shared", "union"]),
  inputChannels: z.int().min(1).max(64),
  modalities: z.array(z.enum(modalities)).min(1),
  /** Voxels of an inference window along i, j, k. */
  window: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]),
  overlap: z.number().min(0).max(0.9),
  stride: z.int().min(1).max(256),
  /** Probability = sigmoid(logit / temperature); fitted on validation images. */
  temperature: z.number().positive(),
});

export type ModelPart = z.output<typeof modelPartSchema>;

export const cardSchema = z.strictObject({
  name: z.string(),
  created: z.string(),
  intendedUse: z.string(),
  licence: z.string(),
  data: z.array(
    z.strictObject({
      dataset: z.string(),
      organs: z.array(z.string()),
      modality: z.string(),
      trainingCases: z.int(),
      licence: z.string(),
    }),
  ),
  /** Results on held-out cases, by dataset; added by `evaluate`. */
  metrics: z.record(z.string(), z.record(z.string(), z.number().nullable())).optional(),
});

export type ModelCard = z.output<typeof cardSchema>;

export interface Bundle {
  readonly network: Uint8Array;
  readonly model: ModelPart;
  readonly preparation: Preparation;
  readonly guard: Guard;
  readonly card: ModelCard;
}

const manifestSchema = z.strictObject({
  format: z.literal("sureseg bundle"),
  version: z.int(),
  parts: z.record(z.string(), z.strictObject({ bytes: z.int(), sha256: z.string() })),
});

export type BundleFiles = Readonly<Record<string, Uint8Array>>;

const jsonParts = ["model.json", "preparation.json", "guard.json", "card.json"] as const;
const parts = ["model.onnx", ...jsonParts, "card.md"];

/** The files of a bundle, `manifest.json` among them. */
export async function packBundle(bundle: Bundle): Promise<Record<string, Uint8Array>> {
  const text = (value: unknown): Uint8Array =>
    new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
  const files: Record<string, Uint8Array> = {
    "model.onnx": bundle.network,
    "model.json": text(bundle.model),
    "preparation.json": text(bundle.preparation),
    "guard.json": text(bundle.guard),
    "card.json": text(bundle.card),
    "card.md": new TextEncoder().encode(cardText(bundle)),
  };
  const entries = await Promise.all(
    Object.entries(files).map(async ([name, bytes]) => [
      name,
      { bytes: bytes.length, sha256: await sha256(bytes) },
    ]),
  );
  files["manifest.json"] = text({
    format: "sureseg bundle",
    version: bundleVersion,
    parts: Object.fromEntries(entries),
  });
  return files;
}

/** @throws UserError with a sentence that says which part is missing, altered or of another version */
export async function openBundle(files: BundleFiles, name: string): Promise<Bundle> {
  const advice = "Copy the bundle again, whole, from where it was made.";
  const refuse = (part: string, found: string, expected: string, what = advice): never => {
    throw new UserError({ subject: `${name}/${part}`, found, expected, advice: what });
  };
  const json = (part: string): unknown => {
    try {
      return JSON.parse(new TextDecoder().decode(files[part]));
    } catch {
      return refuse(part, "text that is not JSON", "JSON");
    }
  };
  if (files["manifest.json"] === undefined) refuse("manifest.json", "nothing", "the bundle's list of parts");
  const manifest = manifestSchema.safeParse(json("manifest.json"));
  if (!manifest.success)
    return refuse("manifest.json", "another kind of file", "a sureseg bundle's list of parts");
  if (manifest.data.version !== bundleVersion) {
    refuse(
      "manifest.json",
      `a bundle of version ${manifest.data.version}`,
      `version ${bundleVersion}`,
      "Use the sureseg that made it, or make the bundle again.",
    );
  }
  for (const part of parts) {
    const listed = manifest.data.parts[part];
    const bytes = files[part];
    if (listed === undefined || bytes === undefined)
      return refuse(part, "nothing", "this part of the bundle");
    if (bytes.length !== listed.bytes || (await sha256(bytes)) !== listed.sha256) {
      refuse(part, "a part that was altered after the bundle was made", "the bytes that the manifest names");
    }
  }
  const read = <T>(part: string, schema: z.ZodType<T>): T => {
    const result = schema.safeParse(json(part));
    if (result.success) return result.data;
    return refuse(
      part,
      z.prettifyError(result.error).split("\n").slice(0, 2).join(" "),
      `a part of version ${bundleVersion}`,
    );
  };
  return {
    network: files["model.onnx"] as Uint8Array,
    model: read("model.json", modelPartSchema),
    preparation: read("preparation.json", preparationSchema),
    guard: read("guard.json", guardSchema),
    card: read("card.json", cardSchema),
  };
}

/** Names of all files of a bundle. */
export const bundleParts: readonly string[] = [...parts, "manifest.json"];

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function cardText({ card, model, guard }: Bundle): string {
  const rows = card.data.map(
    ({ dataset, organs, modality, trainingCases, licence }) =>
      `| ${dataset} | ${organs.join(", ")} | ${modality} | ${trainingCases} | ${licence} |`,
  );
  return [
    `# ${card.name}`,
    "",
    `Made ${card.created} by sureseg. One 3-D network for ${card.data.length} datasets; label mode ${model.labelMode}.`,
    "",
    `Intended use: ${card.intendedUse}`,
    "",
    `Licence: ${card.licence}`,
    "",
    "| dataset | organs | modality | training cases | licence of the data |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    `Guard: ${guard.form} signatures of ${guard.layers.length} layers, threshold ${guard.threshold.kind}` +
      `${guard.threshold.alpha === undefined ? "" : ` at a promised false-alarm rate of ${guard.threshold.alpha}`}, ` +
      `calibrated on ${guard.calibration.measures.length} ${guard.calibration.source} images.`,
    "",
  ].join("\n");
}
