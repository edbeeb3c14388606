import { UserError } from "../../base/index.js";
import { sameGrid, type Volume } from "../../volume/index.js";
import type { SliceData } from "../report-data.js";
import { greyPng, type Window, windowOf } from "./grey.js";
import {
  cropPlane,
  cut,
  edgesOf,
  extentOf,
  fullestSlice,
  type Plane,
  type PlaneName,
  type Rectangle,
  sharpestPlane,
  upright,
} from "./plane.js";
import { toRuns } from "./run-lengths.js";

export interface SliceRequest {
  readonly dataset: string;
  readonly case: string;
  /** Default: the case's name. */
  readonly title?: string;
  /** The first channel is shown. */
  readonly image: Volume;
  /** Masks on the image's grid, non-zero inside. */
  readonly reference?: Volume;
  readonly prediction?: Volume;
  /** Default: the plane across the coarsest axis. */
  readonly plane?: PlaneName;
  /** Intensities shown black and white; default: the 0.5 and 99.5 percentiles of the part shown. */
  readonly window?: Window;
}

/** Millimetres of surroundings shown around the masks, at least. */
const MARGIN_MM = 15;

/**
 * One slice of a case for the report: the one with the most reference pixels (else the most predicted ones, else the
 * middle one), cropped to the masks with surroundings of 15 mm or half the masks' size. Throws UserError when a mask
 * does not lie on the image's grid.
 */
export function makeSlice(request: SliceRequest): SliceData {
  for (const role of ["reference", "prediction"] as const) {
    const mask = request[role];
    if (mask && !sameGrid(mask, request.image)) {
      throw new UserError({
        subject: `${role} of case ${request.case}`,
        found: `a grid of ${mask.shape.join(" x ")} voxels that is not the image's`,
        expected: `the image's grid of ${request.image.shape.join(" x ")} voxels`,
        advice: "Resample the mask to the image's grid first.",
      });
    }
  }
  const image = upright(request.image);
  const reference = request.reference && upright(request.reference);
  const prediction = request.prediction && upright(request.prediction);
  const plane = request.plane ?? sharpestPlane(image);
  const masks = [reference, prediction].filter((mask) => mask !== undefined);
  const index = fullestSlice(masks, plane, image.shape);

  const whole = cut(image, plane, index);
  const part = surroundings(
    masks.map((mask) => cut(mask, plane, index)),
    whole,
  );
  const shown = cropPlane(whole, part);
  const runsOf = (mask: Volume): number[] => toRuns(cropPlane(cut(mask, plane, index), part).values);
  return {
    title: request.title ?? request.case,
    dataset: request.dataset,
    case: request.case,
    plane,
    width: shown.width,
    height: shown.height,
    pixelMm: [...shown.pixelMm],
    edges: edgesOf(plane),
    png: greyPng(shown, request.window ?? windowOf(shown.values)),
    ...(reference && { reference: runsOf(reference) }),
    ...(prediction && { prediction: runsOf(prediction) }),
  };
}

function surroundings(masks: readonly Plane[], { width, height, pixelMm }: Plane): Rectangle {
  const extent = extentOf(masks);
  if (!extent) return { left: 0, top: 0, right: width, bottom: height };
  const longestMm = Math.max(
    (extent.right - extent.left) * pixelMm[0],
    (extent.bottom - extent.top) * pixelMm[1],
  );
  const margin = Math.max(MARGIN_MM, longestMm / 2);
  const [x, y] = [Math.ceil(margin / pixelMm[0]), Math.ceil(margin / pixelMm[1])];
  return {
    left: Math.max(0, extent.left - x),
    top: Math.max(0, extent.top - y),
    right: Math.min(width, extent.right + x),
    bottom: Math.min(height, extent.bottom + y),
  };
}
