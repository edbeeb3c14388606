/** Which volumes there are in the slices of some files, and which of them is meant. */
import { groupBy, UserError } from "../../base/index.js";
import type { SeriesChoice } from "../files-to-read.js";
import type { Frame } from "./instance.js";
import { type Candidate, partSeries } from "./partition.js";
import type { FoundFrames } from "./read-files.js";
import { normalOf, type Stack, stackOf } from "./stack.js";

/** A volume that the files hold, or what keeps its slices from being one. */
interface ListedVolume extends Candidate {
  readonly seriesInstanceUid: string;
  readonly stack: Stack | UserError;
}

/** The slices that were chosen, and sentences about what was left out. */
export interface ChosenStack {
  readonly stack: Stack;
  readonly warnings: readonly string[];
}

/** There are several volumes and none was asked for: whoever can ask a person may do so, and read again. */
export class SeveralVolumes extends UserError {
  /** @param volumes what people need to tell them apart; the first is number 1 for `SeriesChoice` */
  constructor(
    facts: ConstructorParameters<typeof UserError>[0],
    readonly volumes: readonly string[],
  ) {
    super(facts);
  }
}

/**
 * The only volume of the files, or the one that is asked for.
 *
 * @param name for errors
 * @throws UserError where there is none, where the slices of the one that is meant are no volume; SeveralVolumes where there
 *   are several and none is asked for
 */
export function chosenStack(
  { frames, aside }: FoundFrames,
  name: string,
  { series }: SeriesChoice,
): ChosenStack {
  if (frames.length === 0) throw noSlices(aside, name);
  const volumes = volumesOf(frames, name);
  const volume = series === undefined ? onlyVolume(volumes, name) : askedFor(volumes, series, name);
  if (volume.stack instanceof UserError) throw volume.stack;
  // Of a series that was asked for, others are no loss.
  const considered =
    series === undefined
      ? frames
      : frames.filter(({ instance }) => instance.seriesInstanceUid === volume.seriesInstanceUid);
  const siblings = volumes.filter((other) => other.seriesInstanceUid === volume.seriesInstanceUid);
  const listed = series === undefined ? [volume] : siblings;
  const leftOut = considered.length - listed.reduce((sum, one) => sum + one.frames.length, 0);
  const slices = leftOut === 1 ? "slice" : "slices";
  const warnings = [
    ...(leftOut === 0
      ? []
      : [`${leftOut} ${slices} of other directions or frames of reference, or localizers, left out`]),
    ...(aside.length === 0 ? [] : [`not read: ${aside.join(", ")}`]),
  ];
  return { stack: volume.stack, warnings };
}

/** By series number, then by identifier; the volumes of one series in the order of what tells them apart. */
function volumesOf(frames: readonly Frame[], name: string): ListedVolume[] {
  return [...groupBy(frames, ({ instance }) => instance.seriesInstanceUid)]
    .sort(
      ([uidA, [a]], [uidB, [b]]) =>
        a!.instance.seriesNumber - b!.instance.seriesNumber || (uidA < uidB ? -1 : 1),
    )
    .flatMap(([seriesInstanceUid, own]) =>
      partSeries(own).map((candidate) => ({
        ...candidate,
        seriesInstanceUid,
        stack: stackOrError(candidate, name),
      })),
    );
}

function stackOrError({ frames }: Candidate, name: string): Stack | UserError {
  try {
    return stackOf(frames, name);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Localizers and single slices beside a volume are not what anybody means. */
function onlyVolume(volumes: readonly ListedVolume[], name: string): ListedVolume {
  const thick = volumes.filter(({ frames }) => frames.length > 1 && !frames[0]!.localizer);
  const [first, ...others] = thick.length > 0 ? thick : volumes;
  if (others.length === 0) return first!;
  const inTime = thick.every(
    (volume) => volume.timePoint && volume.seriesInstanceUid === first!.seriesInstanceUid,
  );
  const facts = {
    subject: name,
    found: `${inTime ? `a time series: ${thick.length} volumes of one place` : `${volumes.length} volumes`} (${listOf(volumes)})`,
    expected: "one volume",
    advice: "Choose one by its number with --series.",
  };
  throw new SeveralVolumes(facts, volumes.map(describe));
}

function askedFor(volumes: readonly ListedVolume[], series: string, name: string): ListedVolume {
  const wanted = series.trim();
  const found = /^\d{1,6}$/.test(wanted)
    ? volumes.slice(Number(wanted) - 1, Number(wanted))
    : volumes.filter(({ seriesInstanceUid }) => seriesInstanceUid === wanted);
  if (found.length === 1 && wanted !== "0") return found[0]!;
  throw new UserError({
    subject: name,
    found:
      found.length > 1 ? `${found.length} volumes in the series that --series names` : `no series ${wanted}`,
    expected: `one of ${listOf(volumes)}`,
    advice: "Give one of these numbers with --series.",
  });
}

const listOf = (volumes: readonly ListedVolume[]): string =>
  volumes.map((volume, index) => `${index + 1}: ${describe(volume)}`).join("; ");

/** Nothing of the files' texts: modality, sizes, direction, and what tells it from its siblings in words of ours. */
function describe({ frames, words, stack }: ListedVolume): string {
  const { instance, pixelSpacing } = frames[0]!;
  const { columns, rows } = instance.stored;
  const depth = stack instanceof UserError ? "?" : rounded(stack.spacing);
  return [
    instance.modality,
    `${frames.length} ${frames.length === 1 ? "slice" : "slices"} of ${columns} x ${rows}, ${rounded(pixelSpacing[1])} x ${rounded(pixelSpacing[0])} x ${depth} mm`,
    planeOf(frames[0]!),
    ...words,
    ...(stack instanceof UserError ? [`not usable (${stack.found})`] : []),
  ].join(", ");
}

const rounded = (mm: number): string => String(Number(mm.toFixed(3)));

function planeOf({ orientation, localizer }: Frame): string {
  const sizes = normalOf(orientation).map(Math.abs);
  const plane = ["sagittal", "coronal", "axial"][sizes.indexOf(Math.max(...sizes))]!;
  return localizer ? `${plane} localizer` : plane;
}

function noSlices(aside: readonly string[], name: string): UserError {
  const placeless = aside.some((reason) => /no position/.test(reason));
  return new UserError({
    subject: name,
    found: aside.length === 0 ? "no file" : aside.join(", "),
    expected: "a DICOM series of a scan, a volume in one file, or an image file",
    advice: placeless
      ? "Without positions the distance of slices is not known (their thickness does not say it): export the series as single slices or as an enhanced multi-frame image."
      : "Give the folder, the zip or the multi-frame file of one CT, MR or PET series.",
  });
}
