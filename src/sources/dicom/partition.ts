/** Parts the frames of a series into volumes: by direction, frame of reference and what tells repeats apart. */
import { groupBy } from "../../base/index.js";
import { type Distinctions, distinctionNames, kindInWords } from "./distinctions.js";
import type { Frame } from "./instance.js";
import { distanceAlong, normalOf, SAME_PLACE_MM } from "./stack.js";

/** Frames that may make a volume together. */
export interface Candidate {
  readonly frames: readonly Frame[];
  /** What tells it from others of its series: "echo 2 of 3, magnitude"; empty where it is alone. */
  readonly words: readonly string[];
  /** True where it is a time point of a series in time. */
  readonly timePoint: boolean;
}

/** Largest difference of direction cosines within one stack. */
const ONE_DIRECTION = 1e-3;

/**
 * The frames of one direction in one frame of reference belong together; the largest such group is taken and the others,
 * localizers first of all, are left out. Groups of the same size all stay.
 */
export function partSeries(frames: readonly Frame[]): Candidate[] {
  const planned = frames.filter(({ localizer }) => !localizer);
  const groups = directionsOf(planned.length > 0 ? planned : frames);
  const most = Math.max(...groups.map((group) => group.length));
  return groups.filter((group) => group.length === most).flatMap(partRepeats);
}

function directionsOf(frames: readonly Frame[]): Frame[][] {
  const groups: Frame[][] = [];
  for (const frame of frames) {
    const group = groups.find(
      ([first]) =>
        first!.instance.frameOfReferenceUid === frame.instance.frameOfReferenceUid &&
        first!.orientation.every((value, at) => Math.abs(value - frame.orientation[at]!) <= ONE_DIRECTION),
    );
    if (group === undefined) groups.push([frame]);
    else group.push(frame);
  }
  return groups;
}

/** Volumes that share their places: several echoes, weightings or time points. What cannot be parted stays together. */
function partRepeats(frames: readonly Frame[]): Candidate[] {
  let parts: Candidate[] = [{ frames, words: [], timePoint: false }];
  for (const by of Object.keys(distinctionNames) as (keyof Distinctions)[])
    parts = parts.flatMap((part) => partBy(part, by));
  return parts;
}

function partBy(part: Candidate, by: keyof Distinctions): Candidate[] {
  const repeats = mostInOnePlace(part.frames);
  if (repeats < 2) return [part];
  const groups = [...groupBy(part.frames, ({ distinctions }) => distinctions[by]).values()];
  // A value of its own for each slice tells nothing about repeats.
  if (groups.length < 2 || groups.length > repeats) return [part];
  const { words, time } = distinctionNames[by];
  return groups
    .sort((a, b) => inOrder(a[0]!.distinctions[by], b[0]!.distinctions[by]))
    .map((frames, index) => ({
      frames,
      words: [...part.words, `${words} ${index + 1} of ${groups.length}${kindNote(frames, by)}`],
      timePoint: part.timePoint || time,
    }));
}

function kindNote(frames: readonly Frame[], by: keyof Distinctions): string {
  const kind = by === "kind" || by === "component" ? kindInWords(frames[0]!.distinctions) : undefined;
  return kind === undefined ? "" : ` (${kind})`;
}

/** Numbers by value, other texts by their letters. */
const inOrder = (a: string, b: string): number =>
  Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1);

/** How many frames the fullest place holds. */
function mostInOnePlace(frames: readonly Frame[]): number {
  const normal = normalOf(frames[0]!.orientation);
  const places = frames.map((frame) => distanceAlong(normal, frame)).sort((a, b) => a - b);
  let [most, run] = [1, 1];
  for (let at = 1; at < places.length; at++) {
    run = places[at]! - places[at - 1]! < SAME_PLACE_MM ? run + 1 : 1;
    most = Math.max(most, run);
  }
  return most;
}
