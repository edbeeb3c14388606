/** What tells frames of one place apart: several echoes, diffusion weightings, time points and the like in a series. */
import { type FrameGroup, functionalGroup } from "./functional-groups.js";
import { itemOf, textOf } from "./parse-file.js";
import { tags } from "./tags.js";

/**
 * Values to compare, never to show: texts of the file. In the order in which they are tried; those that mean time come
 * last.
 */
export interface Distinctions {
  /** Image Type or Frame Type. */
  readonly kind: string;
  readonly component: string;
  readonly echo: string;
  readonly diffusion: string;
  /** Reconstruction kernel, flip angle and inversion time of classic images. */
  readonly setting: string;
  readonly stack: string;
  readonly temporalPosition: string;
  readonly trigger: string;
  readonly acquisition: string;
  readonly frameTime: string;
  readonly acquisitionTime: string;
  /** Whatever else the maker of an enhanced image counts by. */
  readonly dimensions: string;
  readonly instance: string;
}

/** How each is called when volumes are listed; those marked with `time` make a time series. */
export const distinctionNames: Readonly<Record<keyof Distinctions, { words: string; time: boolean }>> = {
  kind: { words: "kind of image", time: false },
  component: { words: "component", time: false },
  echo: { words: "echo", time: false },
  diffusion: { words: "diffusion weighting", time: false },
  setting: { words: "scanner setting", time: false },
  stack: { words: "stack", time: false },
  temporalPosition: { words: "time point", time: true },
  trigger: { words: "time point", time: true },
  acquisition: { words: "acquisition", time: true },
  frameTime: { words: "time point", time: true },
  acquisitionTime: { words: "time point", time: true },
  dimensions: { words: "volume", time: false },
  instance: { words: "time point", time: true },
};

export function distinctionsOf(group: FrameGroup): Distinctions {
  const { root } = group;
  const type = frameTypeOf(group);
  const content = functionalGroup(group, tags.frameContentSequence);
  const diffusion = functionalGroup(group, tags.mrDiffusionSequence);
  const direction = itemOf(diffusion, tags.diffusionGradientDirectionSequence);
  const echo = functionalGroup(group, tags.mrEchoSequence);
  const doubles = (item: typeof echo, tag: string, count: number): string =>
    item?.elements[tag] === undefined
      ? ""
      : Array.from({ length: count }, (_, n) => item.double(tag, n)).join();
  return {
    kind: textOf(type, tags.frameType) ?? textOf(root, tags.imageType) ?? "",
    component: textOf(type, tags.complexImageComponent) ?? textOf(root, tags.complexImageComponent) ?? "",
    echo: [
      doubles(echo, tags.effectiveEchoTime, 1),
      textOf(root, tags.echoTime),
      textOf(root, tags.echoNumbers),
    ].join(),
    diffusion: [
      doubles(diffusion ?? root, tags.diffusionBValue, 1),
      doubles(direction ?? root, tags.diffusionGradientOrientation, 3),
    ].join(),
    setting: [tags.convolutionKernel, tags.flipAngle, tags.inversionTime]
      .map((tag) => textOf(root, tag))
      .join(),
    stack: textOf(content, tags.stackId) ?? "",
    temporalPosition: [
      content?.uint32(tags.temporalPositionIndex),
      textOf(root, tags.temporalPositionIdentifier),
    ].join(),
    trigger: textOf(root, tags.triggerTime) ?? "",
    acquisition: textOf(root, tags.acquisitionNumber) ?? "",
    frameTime: textOf(root, tags.frameReferenceTime) ?? "",
    acquisitionTime: textOf(root, tags.acquisitionTime) ?? "",
    dimensions: otherDimensions(group),
    instance: group.perFrame === undefined ? "" : (textOf(root, tags.sopInstanceUid) ?? ""),
  };
}

const frameTypeOf = (group: FrameGroup) =>
  [tags.mrImageFrameTypeSequence, tags.ctImageFrameTypeSequence, tags.petFrameTypeSequence]
    .map((sequence) => functionalGroup(group, sequence))
    .find((item) => item !== undefined);

/** Dimensions that count places: In-Stack Position Number and Image Position (Patient), as group and element. */
const PLACES = new Set(["x00209057", "x00200032"]);

/** The dimension index values of a frame (PS3.3 C.7.6.17) without those that count places. */
function otherDimensions(group: FrameGroup): string {
  const pointers = group.root.elements[tags.dimensionIndexSequence]?.items ?? [];
  const content = functionalGroup(group, tags.frameContentSequence);
  return pointers
    .map(({ dataSet }, at) =>
      PLACES.has(dataSet?.attributeTag(tags.dimensionIndexPointer) ?? "")
        ? ""
        : content?.uint32(tags.dimensionIndexValues, at),
    )
    .join();
}

/** What the kind of an image says in words of ours: its complex component, as Frame Type or Image Type code it. */
export function kindInWords({ kind, component }: Distinctions): string | undefined {
  const codes = [component, ...kind.split("\\").slice(2)];
  const known: Readonly<Record<string, string>> = {
    MAGNITUDE: "magnitude",
    PHASE: "phase",
    REAL: "real part",
    IMAGINARY: "imaginary part",
    M: "magnitude",
    P: "phase",
    R: "real part",
    I: "imaginary part",
  };
  return codes.map((code) => known[code.trim()]).find((words) => words !== undefined);
}
