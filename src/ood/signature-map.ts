/**
 * Where an image's signature lies among those of the training images, on a plane that people can look at.
 *
 * The plane holds the first two principal components of the training images' signatures, each layer divided by what
 * standardises it, so that distances are those that the measure averages. It is a shadow: what differs in other directions
 * only is not seen on it, and the measure decides, not the place.
 */
import { principalComponents, project } from "../base/principal-components.js";
import type { SignatureModel } from "./signature-model.js";

export type PlaceOnMap = readonly [first: number, second: number];

export interface SignatureMap {
  /** Training images. */
  readonly references: readonly { readonly dataset: string; readonly place: PlaceOnMap }[];
  /** The image that was asked about. */
  readonly image: PlaceOnMap;
}

/** More dots than these nobody tells apart. */
const MOST_REFERENCES = 1000;

/** As many settle the plane: the time grows with the third power of their number. */
const MOST_FOR_PLANE = 256;

/** @param signatures of the image, one for each of the model's layers, in their order */
export function signatureMap(
  model: Pick<SignatureModel, "layers" | "training">,
  signatures: readonly ArrayLike<number>[],
): SignatureMap {
  const rowOf = (given: readonly ArrayLike<number>[]): Float64Array =>
    Float64Array.from(
      model.layers.flatMap(({ deviation }, layer) =>
        Array.from(given[layer]!, (value) => value / (deviation * model.layers.length)),
      ),
    );
  const drawn = everySoMany(model.training, MOST_REFERENCES);
  const rows = drawn.map((image) => rowOf(image.signatures));
  const plane = principalComponents(everySoMany(rows, MOST_FOR_PLANE), { share: 1, most: 2 });
  const placeOf = (row: Float64Array): PlaceOnMap => {
    // Images that differ in one direction only lie on a line.
    const [first = 0, second = 0] = project(plane, row);
    return [first, second];
  };
  return {
    references: drawn.map(({ dataset }, at) => ({ dataset, place: placeOf(rows[at]!) })),
    image: placeOf(rowOf(signatures)),
  };
}

/** At most `most` of the items, evenly drawn. */
const everySoMany = <Item>(items: readonly Item[], most: number): readonly Item[] => {
  const step = Math.ceil(items.length / most);
  return items.filter((_, at) => at % step === 0);
};
