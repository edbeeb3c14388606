/** Mirrored copies of one window: the mean of what a network says of the window and of each of them, turned back. */
import type { Session, Tensor } from "../graph/engine.js";
import { affineFromSpacing, type Shape, type Volume } from "../volume/index.js";
import { type Flip, flipVoxels } from "./flip.js";

/** What is the same for every window. */
export interface CopiedNetwork {
  readonly session: Session;
  readonly flips: readonly Flip[];
  /** Names of the input and of the output that is averaged. */
  readonly image: string;
  readonly logits: string;
  /** Of the output of one run: its values, in the form that is averaged. */
  readonly valuesOf: (output: Tensor) => Float32Array;
}

/**
 * @param values of the window itself, changed in place to the mean over it and its copies
 * @param feeds of the window itself
 */
export async function addMirroredCopies(
  { session, flips, image, logits, valuesOf }: CopiedNetwork,
  values: Float32Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<void> {
  if (flips.length === 0) return;
  const shown = feeds[image] as Tensor;
  const [, channels, depth, height, width] = shown.dims as [number, number, number, number, number];
  const shape: Shape = [width, height, depth];
  const window = volumeOf(shown.data as Float32Array, shape, channels);
  for (const flip of flips) {
    const copy = { ...shown, data: flipVoxels(window, flip).data };
    const result = await session.run({ ...feeds, [image]: copy }, [logits]);
    const said = valuesOf(result[logits] as Tensor);
    const back = flipVoxels(volumeOf(said, shape, values.length / (width * height * depth)), flip).data;
    for (let at = 0; at < values.length; at++) values[at]! += back[at]!;
  }
  for (let at = 0; at < values.length; at++) values[at]! /= flips.length + 1;
}

const volumeOf = (data: Float32Array, shape: Shape, channels: number): Volume<Float32Array> => ({
  shape,
  affine: affineFromSpacing([1, 1, 1]),
  channels,
  data,
});
