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
  fileOfNetwork,
  MANIFEST,
  type NetworkPart,
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

/** A network with what was fitted to its own outputs and features, and suits no other. */
export interface BundleNetwork {
  /** Bytes of the ONNX model: input `image`, outputs `logits` and `features/<layer>`. */
  readonly model: Uint8Array;
  readonly calibration: Calibration;
  readonly guard: Guard;
}

export interface BundleParts extends BundleNetwork {
  readonly preparation: Preparation;
  readonly windows: BundleWindowPlan;
  readonly labels: Labels;
  readonly card: Card;
  /** Of an ensemble: the networks besides the first one, with which they share everything else. */
  readonly further?: readonly BundleNetwork[];
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
  const json = (name: string, value: unknown, schema: z.ZodType): Uint8Array =>
    encode(`${JSON.stringify(parseJson(JSON.stringify(value), schema, name), null, 2)}\n`);
  const networks = [parts, ...(parts.further ?? [])];
  const common: Record<Exclude<PartName, NetworkPart>, Uint8Array> = {
    "preparation.json": json("preparation.json", parts.preparation, preparationSchema),
    "inference.json": json("inference.json", parts.windows, windowPlanSchema),
    "labels.json": json("labels.json", parts.labels, labelsSchema),
    "card.json": json("card.json", parts.card, cardSchema),
    "card.md": encode(renderCard(parts.card, parts.labels, parts.calibration, parts.guard)),
  };
  const own = networks.flatMap(({ model, calibration, guard }, at): [string, Uint8Array][] => [
    [fileOfNetwork("model.onnx", at), model],
    [
      fileOfNetwork("calibration.json", at),
      json(fileOfNetwork("calibration.json", at), calibration, calibrationSchema),
    ],
    [fileOfNetwork("guard.json", at), encode(guardToJson(guard))],
  ]);
  const files = { ...Object.fromEntries(own), ...common };
  return { ...files, [MANIFEST]: encode(await writeManifest(files, networks.length)) };
}

/**
 * Opens a bundle after verifying every part's length, hash and content.
 *
 * @param files the folder's files by name; other files in it do no harm
 * @throws UserError naming the part that is missing, altered, of another version or not as it should be
 */
export async function openBundle(files: BundleFiles): Promise<Bundle> {
  const { parts, networks } = await verifyParts(files);
  const text = (name: string): string => textOf(parts[name]!, name);
  const json = <Schema extends z.ZodType>(name: string, schema: Schema): z.infer<Schema> =>
    parseJson(text(name), schema, `bundle, ${name}`);
  const network = (at: number): BundleNetwork => {
    const guard = fileOfNetwork("guard.json", at);
    return {
      model: parts[fileOfNetwork("model.onnx", at)]!,
      calibration: json(fileOfNetwork("calibration.json", at), calibrationSchema),
      guard: guardFromJson(text(guard), `bundle, ${guard}`),
    };
  };
  return {
    ...network(0),
    ...(networks > 1 && { further: Array.from({ length: networks - 1 }, (_, at) => network(at + 1)) }),
    preparation: json("preparation.json", storedPreparationSchema),
    windows: json("inference.json", windowPlanSchema),
    labels: json("labels.json", labelsSchema),
    card: json("card.json", cardSchema),
    cardText: text("card.md"),
    fingerprint: await sha256(files[MANIFEST]!),
  };
}
