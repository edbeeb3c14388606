/** CT volumes as DICOM files, for tests that need whole datasets of them; what pydicom wrote is in `oracle/fixtures`. */
import type { Volume } from "../src/volume/index.js";

type Element = readonly [tag: number, representation: string, value: string | Uint16Array | Int16Array];

/** An element of text that every file has besides, or in the place of its own. */
export type TextElement = readonly [tag: number, representation: string, value: string];

const CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

/**
 * One file a slice along k, little endian with explicit representations; rows run along i, as ITK lays them out, so that
 * the series has the volume's own grid. The volume must be right-handed.
 *
 * @param root UID of the study; series and instances are numbered below it
 */
export function asSeries(
  volume: Volume<Int16Array>,
  root: string,
  texts: readonly TextElement[] = [],
): Record<string, Uint8Array> {
  const { shape, affine, data } = volume;
  const column = (axis: number): number[] => {
    const [x, y, z] = [affine[axis]!, affine[4 + axis]!, affine[8 + axis]!];
    return [-x, -y, z];
  };
  const spacing = [0, 1, 2].map((axis) => Math.hypot(...column(axis)));
  const direction = (axis: number): number[] => column(axis).map((value) => value / spacing[axis]!);
  const origin = column(3);
  const voxels = shape[0] * shape[1];
  const files: Record<string, Uint8Array> = {};
  for (let k = 0; k < shape[2]; k++) {
    const position = origin.map((value, axis) => value + k * column(2)[axis]!);
    const slice = data.subarray(k * voxels, (k + 1) * voxels);
    const instance = `${root}.1.${k + 1}`;
    const elements: Element[] = [
      [0x00080016, "UI", CT_IMAGE],
      [0x00080018, "UI", instance],
      [0x00080060, "CS", "CT"],
      [0x0020000d, "UI", root],
      [0x0020000e, "UI", `${root}.1`],
      [0x00200013, "IS", String(k + 1)],
      [0x00200032, "DS", decimals(position)],
      [0x00200037, "DS", decimals([...direction(0), ...direction(1)])],
      [0x00200052, "UI", `${root}.2`],
      [0x00280002, "US", Uint16Array.of(1)],
      [0x00280004, "CS", "MONOCHROME2"],
      [0x00280010, "US", Uint16Array.of(shape[1])],
      [0x00280011, "US", Uint16Array.of(shape[0])],
      [0x00280030, "DS", decimals([spacing[1]!, spacing[0]!])],
      [0x00280100, "US", Uint16Array.of(16)],
      [0x00280101, "US", Uint16Array.of(16)],
      [0x00280102, "US", Uint16Array.of(15)],
      [0x00280103, "US", Uint16Array.of(1)],
      [0x00281052, "DS", "0"],
      [0x00281053, "DS", "1"],
      [0x7fe00010, "OW", slice],
    ];
    const own = elements.filter(([tag]) => !texts.some(([given]) => given === tag));
    files[`slice${k}`] = partTen(
      instance,
      [...own, ...texts].sort(([a], [b]) => a - b),
    );
  }
  return files;
}

/** At most 16 characters a number, as decimal strings allow. */
const decimals = (values: readonly number[]): string =>
  values.map((value) => String(Number(value.toFixed(9)))).join("\\");

/** A file of PS3.10: preamble, meta information, data set. */
function partTen(instance: string, dataSet: readonly Element[]): Uint8Array {
  const meta = Buffer.concat(
    (
      [
        [0x00020002, "UI", CT_IMAGE],
        [0x00020003, "UI", instance],
        [0x00020010, "UI", EXPLICIT_LITTLE_ENDIAN],
      ] as const
    ).map(encode),
  );
  const length = Buffer.alloc(12);
  length.writeUInt16LE(0x0002, 0);
  length.write("UL", 4);
  length.writeUInt16LE(4, 6);
  length.writeUInt32LE(meta.length, 8);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, ...dataSet.map(encode)]);
}

function encode([tag, representation, value]: Element): Buffer {
  const pad = representation === "UI" ? "\0" : " ";
  const bytes =
    typeof value === "string"
      ? Buffer.from(value.length % 2 === 0 ? value : value + pad, "latin1")
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const long = representation === "OW";
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(representation, 4);
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}
