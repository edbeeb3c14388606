/** Where an NRRD file says its voxels lie. */
import type { Affine } from "../../volume/index.js";

/** The fields that say it, as the file has them: what a result repeats. */
export interface NrrdPlace {
  /** Name of the space, or undefined where directions are of no named space or nothing is said. */
  readonly space: string | undefined;
  /** Of the three axes, each "(x,y,z)"; undefined where spacings alone are stated. */
  readonly directions: readonly string[] | undefined;
  readonly origin: string | undefined;
  /** Of the three axes, where there are no directions. */
  readonly spacings: readonly string[] | undefined;
  readonly units: string | undefined;
}

/** The words of all axes, a vector or "none" for each; one word for what is neither. Undefined where none are stated. */
export function directionsOf(fields: ReadonlyMap<string, string>): string[] | undefined {
  const stated = fields.get("space directions");
  if (stated === undefined) return undefined;
  const words = stated.match(WORD) ?? [];
  return stated.replace(WORD, "").trim() === "" ? words : [stated];
}

const WORD = /none|\([^)]*\)/gi;

/** False for "none", and for the direction of a fourth axis of its own: of time, or of what ITK joins. */
export const isDirection = (word: string): boolean =>
  word.toLowerCase() !== "none" && !/^\(\s*0\s*,\s*0\s*,\s*0\s*,[^,]*\)$/.test(word);

/** From a space's own axes to RAS: signs of the three coordinates, by name in lower case. */
const TO_RAS: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ["right-anterior-superior", [1, 1, 1]],
  ["ras", [1, 1, 1]],
  ["left-anterior-superior", [-1, 1, 1]],
  ["las", [-1, 1, 1]],
  ["left-posterior-superior", [-1, -1, 1]],
  ["lps", [-1, -1, 1]],
]);

/** What ITK takes a space to be that says nothing of the patient. */
const UNKNOWN = [-1, -1, 1] as const;

/**
 * Directions are vectors of the file's own space, one a voxel axis (not transposed), times the voxel size. A space that is
 * not anatomical, and spacings alone, are taken for left-posterior-superior as ITK takes them, with a warning.
 */
export function placeOf(
  fields: ReadonlyMap<string, string>,
  channelAxis: number | undefined,
): NrrdPlace & { readonly affine: Affine; readonly warnings: string[] } {
  const warnings: string[] = [];
  const space = fields.get("space")?.replace(/-time$|(?<=^...)T$/i, "");
  const signs = TO_RAS.get(space?.toLowerCase() ?? "");
  if (signs === undefined) {
    warnings.push(
      "The file does not say how its axes lie in the patient; they are taken for left, posterior, superior.",
    );
  }
  const ofSpace = <Item>(all: readonly Item[] | undefined): readonly Item[] | undefined =>
    all?.length === (channelAxis === undefined ? 3 : 4)
      ? all.filter((_, axis) => axis !== channelAxis)
      : undefined;
  const directions = ofSpace(directionsOf(fields))?.map(ofThree);
  const spacings = ofSpace(fields.get("spacings")?.split(/\s+/));
  const vectors = directions?.map(numbersOf) ?? diagonal(spacings?.map(Number) ?? [1, 1, 1]);
  if (directions === undefined && spacings === undefined) {
    warnings.push("The file does not say how big its voxels are; they are taken for 1 mm.");
  }
  const stated = fields.get("space origin");
  const origin = stated && ofThree(stated);
  if (origin === undefined && directions !== undefined) {
    warnings.push("The file does not say where its first voxel lies; it is taken for the origin.");
  }
  const units = fields
    .get("space units")
    ?.match(/"[^"]*"/g)
    ?.slice(0, 3)
    .join(" ");
  if (units !== undefined && !/^("mm"\s*)+$/i.test(units)) {
    warnings.push("The file's units are not millimetres alone; its numbers are taken for millimetres.");
  }
  const start = origin === undefined ? [0, 0, 0] : numbersOf(origin);
  const affine = [0, 1, 2].flatMap((row) => {
    const sign = (signs ?? UNKNOWN)[row]!;
    // 0 + x: no negative zero.
    return [
      ...vectors.map((vector) => 0 + sign * (vector[row] ?? Number.NaN)),
      0 + sign * (start[row] ?? Number.NaN),
    ];
  });
  return {
    affine: [...affine, 0, 0, 0, 1],
    warnings,
    space,
    directions,
    origin,
    spacings: directions === undefined ? spacings : undefined,
    units,
  };
}

/** Without its place on a fourth axis. */
const ofThree = (vector: string): string => vector.replace(/^(\([^,]*,[^,]*,[^,]*),[^,]*\)$/, "$1)");

const numbersOf = (vector: string): number[] =>
  vector
    .replace(/^\(|\)$/g, "")
    .split(",")
    .map((word) => (word.trim() === "" ? Number.NaN : Number(word)));

const diagonal = (spacings: readonly number[]): number[][] =>
  spacings.map((spacing, axis) => [0, 1, 2].map((row) => (row === axis ? spacing : 0)));
