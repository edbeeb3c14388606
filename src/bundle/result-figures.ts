/**
 * The figures of a prediction that no image holds, as text: how large each organ is and how sure that is, and where the image
 * lies among the training images. With mask, confidence and verdict they are all that a page shows.
 */
import { z } from "zod";
import { parseJson } from "../base/index.js";
import type { ImagePrediction } from "./predict-image.js";

const millilitres = z.number().min(0);

const schema = z.strictObject({
  /** Millilitres: see `OrganVolume`. */
  volumes: z
    .array(
      z.strictObject({
        value: z.int().min(0).max(255),
        organs: z.array(z.string().max(200)).max(64),
        mask: millilitres,
        low: millilitres,
        expected: millilitres,
        high: millilitres,
      }),
    )
    .max(256),
  /** One for each layer that the guard looks at. */
  signatures: z.array(z.array(z.number()).max(65_536)).max(64),
});

export type ResultFigures = Pick<ImagePrediction, "volumes" | "signatures">;

/** JSON. */
export const encodeFigures = ({ volumes, signatures }: ResultFigures): string =>
  `${JSON.stringify({ volumes, signatures: signatures.map((layer) => [...layer]) })}\n`;

/** @param name what messages call the text. @throws UserError where it is something else */
export function parseFigures(text: string, name: string): ResultFigures {
  const { volumes, signatures } = parseJson(text, schema, name);
  return { volumes, signatures: signatures.map((layer) => Float64Array.from(layer)) };
}
