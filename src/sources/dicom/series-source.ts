/**
 * Where a volume read from DICOM came from: `VolumeSource.fields` of a volume whose source has the format "DICOM". It
 * holds all that an object derived from the series, such as a segmentation, must refer to or repeat.
 *
 * Identifiers and identity are for such objects alone: nothing of them belongs into a message, a log or a report.
 */
export interface DicomSeriesSource {
  /** Study Instance UID (0020,000D). */
  readonly studyInstanceUid: string;
  /** Series Instance UID (0020,000E). */
  readonly seriesInstanceUid: string;
  /** Frame of Reference UID (0020,0052); undefined where the files have none. */
  readonly frameOfReferenceUid: string | undefined;
  /** Rows (0028,0010) and columns (0028,0011) of each slice: the volume's shape is [columns, rows, slices.length]. */
  readonly rows: number;
  readonly columns: number;
  /**
   * Image Orientation (Patient) (0020,0037), LPS: the direction of rising column index (the volume's i axis), then of
   * rising row index (its j axis); as the first slice states it, rounded as it is there.
   */
  readonly orientation: readonly number[];
  /** Pixel Spacing (0028,0030), mm: distance between rows (along j), then between columns (along i). */
  readonly pixelSpacing: readonly [number, number];
  /** Distance between neighbouring slices along the normal, mm, above 0. */
  readonly sliceSpacing: number;
  /** Slice Thickness (0018,0050), mm, where all slices state the same; it says nothing about their distance. */
  readonly sliceThickness: number | undefined;
  /** One for each slice along the volume's k axis, in its order: rising along the cross product of the two directions. */
  readonly slices: readonly DicomSlice[];
  /** Elements that identify patient, study and frame of reference, in ascending order of their tags. */
  readonly identity: readonly DicomElement[];
  /**
   * Lossy Image Compression (0028,2110), its ratio and its method, where the images were ever compressed with loss; else
   * empty. What is derived from them must say so too.
   */
  readonly lossyCompression: readonly DicomElement[];
}

/** One slice: a whole single-frame instance, or a frame of a multi-frame one. */
export interface DicomSlice {
  /** SOP Class UID (0008,0016). */
  readonly sopClassUid: string;
  /** SOP Instance UID (0008,0018). */
  readonly sopInstanceUid: string;
  /** Number of the frame in its instance, from 1; undefined where the instance is single-frame. */
  readonly frameNumber: number | undefined;
  /** Image Position (Patient) (0020,0032): centre of the first voxel, LPS, mm. */
  readonly position: readonly [number, number, number];
}

/**
 * An element of the Patient, General Study, Patient Study or Frame of Reference module, or the Specific Character Set
 * (0008,0005) that the others are written in: copy all of them, or none. `IDENTITY_ELEMENTS` lists which are taken;
 * sequences are left out.
 */
export interface DicomElement {
  /** Group and element as one number: 0x00100010 is the patient's name. */
  readonly tag: number;
  /** Value representation: two letters. All are kinds of text, whose bytes have no byte order. */
  readonly vr: string;
  /** The value exactly as in the file, padding included; empty where the element has no value. */
  readonly bytes: Uint8Array;
}

/** The name of the format in `VolumeSource.format`. */
export const DICOM = "DICOM";
