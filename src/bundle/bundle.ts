/**
 * A bundle: the network and all that belongs to it, as the files of one folder. This packs and opens bytes; folders are
 * read and written elsewhere.
 */

import type { z } from "zod";
import { parseJson } from "../base/index.js";
import { type Guard, guardFromJson, guardToJson } from "../ood/index.js";
import { type Preparation, preparationSchema, storedPreparationSchema } from "../preparation/index.js";
import { renderCard } from "./card.js";
import {
  type BundleFiles,
  MANIFEST,
  type PartName,
  sha256,
  textOf,
  verifyParts,
  writeManifest,
} from "./manifest.js";
import {
  type BundleWindowPlan,
  type Calibration,
  type Card,
  calibrationSchema,
  cardSchema,
  type Labels,
  labelsSchema,
  windowPlanSchema,
} from "./parts.js";

export interface BundleParts {
  /** Bytes of the ONNX model: input `image`, outputs `logits` and `features/<layer>`. */
  readonly model: Uint8Array;
  readonly preparation: Preparation;
  readonly windows: BundleWindowPlan;
  readonly labels: Labels;
  readonly calibration: Calibration;
  readonly guard: Guard;
  readonly card: Card;
}

export interface Bundle extends BundleParts {
  /** The model card as Markdown. */
  readonly cardText: string;
  /** SHA-256 of the manifest, and so of everything: what results name the bundle by. */
  readonly fingerprint: string;
}

/**
 * The files of a bundle, by name; the same parts give the same bytes. Everything written can be read again.
 *
 * @throws UserError naming the part and field that a bundle could not hold
 */
export async function packBundle(parts: BundleParts): Promise<Record<string, Uint8Array>> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const json = (name: PartName, value: unknown, schema: z.ZodType): Uint8Array =>
    encode(`${JSON.stringify(parseJson(JSON.stringify(value), schema, name), null, 2)}\n`);
  const files: Record<PartName, Uint8Array> = {
    "model.onnx": parts.model,
    "preparation.json": json("preparation.json", parts.preparation, preparationSchema),
    "inference.json": json("inference.json", parts.windows, windowPlanSchema),
    "labels.json": json("labels.json", parts.labels, labelsSchema),
    "calibration.json": json("calibration.json", parts.calibration, calibrationSchema),
    "guard.json": encode(guardToJson(parts.guard)),
    "card.json": json("card.json", parts.card, cardSchema),
    "card.md": encode(renderCard(parts.card, parts.labels, parts.calibration, parts.guard)),
  };
  return { ...files, [MANIFEST]: encode(await writeManifest(files)) };
}

/**
 * Opens a bundle after verifying every part's length, hash and content.
 *
 * @param files the folder's files by name; other files in it do no harm
 * @throws UserError naming the part that is missing, altered, of another version or not as it should be
 */
export async function openBundle(files: BundleFiles): Promise<Bundle> {
  const parts = await verifyParts(files);
  const text = (name: PartName): string => textOf(parts[name], name);
  const json = <Schema extends z.ZodType>(name: PartName, schema: Schema): z.infer<Schema> =>
    parseJson(text(name), schema, `bundle, ${name}`);
  return {
    model: parts["model.onnx"],
    preparation: json("preparation.json", storedPreparationSchema),
    windows: json("inference.json", windowPlanSchema),
    labels: json("labels.json", labelsSchema),
    calibration: json("calibration.json", calibrationSchema),
    guard: guardFromJson(text("guard.json"), "bundle, guard.json"),
    card: json("card.json", cardSchema),
    cardText: text("card.md"),
    fingerprint: await sha256(files[MANIFEST]!),
  };
}
