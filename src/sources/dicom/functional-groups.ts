/** Attributes of single frames in enhanced multi-frame images (PS3.3 C.7.6.16); other images are one frame. */
import type { DataSet } from "dicom-parser";
import { itemOf } from "./parse-file.js";
import { tags } from "./tags.js";

/** Where the attributes of one frame are looked up, nearest first. */
export interface FrameGroup {
  readonly perFrame: DataSet | undefined;
  readonly shared: DataSet | undefined;
  readonly root: DataSet;
}

/** The item of a functional group (PS3.3 C.7.6.16) that holds for a frame: its own, else the shared one. */
export const functionalGroup = ({ perFrame, shared }: FrameGroup, sequence: string): DataSet | undefined =>
  itemOf(perFrame, sequence) ?? itemOf(shared, sequence);

/** One for each frame; undefined where there are several frames and nobody says what holds for each. */
export function groupsOfFrames(root: DataSet, count: number): FrameGroup[] | undefined {
  const shared = itemOf(root, tags.sharedFunctionalGroupsSequence);
  const items = root.elements[tags.perFrameFunctionalGroupsSequence]?.items;
  if (items !== undefined) {
    if (items.length !== count) return undefined;
    return items.map(({ dataSet }) => ({ perFrame: dataSet, shared, root }));
  }
  return count === 1 ? [{ perFrame: undefined, shared, root }] : undefined;
}
