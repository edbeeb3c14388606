import { UserError } from "../../base/index.js";
import { isUsableAffine, type Shape, voxelCount } from "../../volume/index.js";
import type { ByteSource } from "../byte-source.js";
import { checkPromise } from "../check-promise.js";
import type { VolumeHeader } from "../format.js";
import type { Encoding } from "../voxels.js";
import { DATATYPES, REFUSED_DATATYPES } from "./datatypes.js";
import { HEADER_BYTES, type HeaderFields, introductionOf, readFields } from "./header-fields.js";
import { affineOf, placeSourceOf } from "./place.js";

/** A checked NIfTI header: everything needed to read the voxels, which the source can hold and memory too. */
export interface NiftiHeader extends VolumeHeader, Encoding {
  readonly datatype: Encoding["datatype"];
  /** Bytes between the end of the fixed header and the first voxel: extensions, mostly. */
  readonly gap: number;
  readonly fields: HeaderFields;
}

const CONVERT = "Convert it to a 3-D NIfTI file first.";

/** Reads and checks the header at the start of `source`, and stops right behind it. `name` is for errors. */
export async function parseHeader(source: ByteSource, name: string): Promise<NiftiHeader> {
  const bytes = new Uint8Array(HEADER_BYTES[2]);
  let length = await source.fill(bytes.subarray(0, HEADER_BYTES[1]));
  checkWhole(length, 1, name);
  const introduction = introductionOf(bytes);
  if (introduction?.kind !== "nifti") throw notSingleFile(introduction?.kind, name);
  const { version, littleEndian } = introduction;
  if (version === 2) length += await source.fill(bytes.subarray(length));
  checkWhole(length, version, name);
  const fields = readFields(bytes, introduction);
  const type = datatypeOf(fields, name);
  const { shape, channels } = shapeOf(fields, name);
  const start = voxelStart(fields, name);
  const voxelBytes = voxelCount(shape) * channels * type.bytes;
  checkPromise({ start, voxelBytes, voxels: voxelCount(shape) * channels, ceiling: source.ceiling }, name);
  refuseUnknownSpacing(fields, name);
  const { affine, source: place } = affineOf(fields, shape);
  if (!isUsableAffine(affine)) {
    throw new UserError({
      subject: name,
      found: `a ${place} that gives the image no extent or no place: ${affine.slice(0, 12).join(" ")}`,
      expected: "an affine with three independent axes and finite numbers",
      advice:
        "Repair the header's orientation from the original images (for example by converting the DICOM series again).",
    });
  }
  const scaling = scalingOf(fields, name);
  return {
    format: `NIfTI-${version}`,
    shape,
    affine,
    channels,
    datatype: type.name,
    integer: scaling === undefined && !type.name.startsWith("float"),
    voxelBytes,
    littleEndian,
    gap: start - HEADER_BYTES[version],
    scaling,
    fields,
  };
}

function checkWhole(length: number, version: 1 | 2, name: string): void {
  if (length >= HEADER_BYTES[version]) return;
  throw new UserError({
    subject: name,
    found: `${length} bytes`,
    expected: `at least the ${HEADER_BYTES[version]} bytes of a NIfTI-${version} header`,
    advice: "The file is cut off: fetch it again.",
  });
}

function notSingleFile(kind: "pair" | "analyze" | undefined, name: string): UserError {
  if (kind === "pair") {
    return new UserError({
      subject: name,
      found: "the header of a NIfTI pair (.hdr and .img)",
      expected: "a single-file NIfTI (.nii or .nii.gz)",
      advice:
        "Join the pair into one file, for example with nibabel: nib.save(nib.load('x.hdr'), 'x.nii.gz').",
    });
  }
  if (kind === "analyze") {
    return new UserError({
      subject: name,
      found: "a header without NIfTI's magic word (ANALYZE 7.5 or damaged)",
      expected: '"n+1" or "n+2"',
      advice: "ANALYZE files do not say which side is left: convert the original images to NIfTI instead.",
    });
  }
  return new UserError({
    subject: name,
    found: "bytes that are no NIfTI header",
    expected: "a NIfTI-1 or NIfTI-2 file",
    advice: CONVERT,
  });
}

function datatypeOf(fields: HeaderFields, name: string) {
  const type = DATATYPES.get(fields.datatype);
  if (type !== undefined) return type;
  const refused = REFUSED_DATATYPES.get(fields.datatype);
  throw new UserError({
    subject: name,
    found: refused ? `${refused} voxels` : `the unknown voxel type ${fields.datatype}`,
    expected: "one real number a voxel: 8 to 64 bit integers, float32 or float64",
    advice: refused
      ? "Convert the image to one grey value a voxel first."
      : "The header is damaged: fetch the file again.",
  });
}

/**
 * Three axes and channels. Axes of one beyond the third are dropped; the fourth is channels; a fifth is too when the
 * fourth is one (ITK's layout of vectors, the same order in the file).
 */
function shapeOf(fields: HeaderFields, name: string): { shape: Shape; channels: number } {
  const rank = fields.dim[0]!;
  const sizes = fields.dim.slice(1, 1 + Math.max(0, rank));
  if (rank < 1 || rank > 7 || !sizes.every((size) => size >= 1)) {
    throw new UserError({
      subject: name,
      found: `dimensions ${fields.dim.join(" ")}`,
      expected: "1 to 7 axes, each of at least one voxel",
      advice: "The header is damaged: fetch the file again.",
    });
  }
  while (sizes.length > 3 && sizes.at(-1) === 1) sizes.pop();
  const channels = sizes.length === 5 && sizes[3] === 1 ? sizes[4]! : (sizes[3] ?? 1);
  if (sizes.length < 3 || sizes.length > 5 || (sizes.length === 5 && sizes[3] !== 1)) {
    throw new UserError({
      subject: name,
      found: `a ${sizes.length}-D image of ${sizes.join(" x ")}`,
      expected: "a 3-D image, or a 4-D one whose fourth axis is channels",
      advice: sizes.length < 3 ? "Slices must be stacked into one volume first." : CONVERT,
    });
  }
  return { shape: [sizes[0]!, sizes[1]!, sizes[2]!], channels };
}

function voxelStart(fields: HeaderFields, name: string): number {
  // Four bytes that say whether extensions follow lie between header and voxels.
  const least = HEADER_BYTES[fields.version] + 4;
  const offset = Math.trunc(fields.voxOffset);
  if (offset === 0) return least;
  if (offset >= least && Number.isFinite(offset)) return offset;
  throw new UserError({
    subject: name,
    found: `voxels said to begin at byte ${fields.voxOffset}`,
    expected: `${least} or more`,
    advice: "The header is damaged: fetch the file again.",
  });
}

/** Where voxel sizes decide the place, 0 or no number is not taken for a millimetre. */
function refuseUnknownSpacing(fields: HeaderFields, name: string): void {
  if (placeSourceOf(fields) === "sform") return;
  const axis = [1, 2, 3].find((n) => !(Math.abs(fields.pixdim[n]!) > 0 && Number.isFinite(fields.pixdim[n])));
  if (axis === undefined) return;
  throw new UserError({
    subject: name,
    found: `pixdim[${axis}] ${fields.pixdim[axis]}`,
    expected: "the voxel size in millimetres, for no sform says it",
    advice: "Write the true voxel size into the header, or convert the original images again.",
  });
}

/** nifti1.h: slope 0 means no scaling; a slope that is not finite too, as nibabel has it. */
function scalingOf(fields: HeaderFields, name: string): NiftiHeader["scaling"] {
  const { slope, intercept } = fields;
  if (slope === 0 || !Number.isFinite(slope)) return undefined;
  if (!Number.isFinite(intercept)) {
    throw new UserError({
      subject: name,
      found: `the scaling ${slope} * x + ${intercept}`,
      expected: "a finite scl_inter",
      advice: "Set scl_inter to 0 if the image has no offset.",
    });
  }
  return slope === 1 && intercept === 0 ? undefined : { slope, intercept };
}
