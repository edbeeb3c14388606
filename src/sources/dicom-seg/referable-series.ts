import { UserError } from "../../base/index.js";
import { DICOM, type DicomSeriesSource } from "../dicom/series-source.js";
import type { VolumeSource } from "../format.js";

/**
 * The series that a volume was read from, for objects that must refer to it.
 *
 * @param name of the image, for errors
 * @throws UserError where the volume is not of DICOM, or its files lack identifiers that every DICOM file has
 */
export function referableSeries(source: VolumeSource, name: string): DicomSeriesSource {
  if (source.format !== DICOM) {
    throw new UserError({
      subject: name,
      found: `an image in ${source.format}`,
      expected: "a DICOM series, which a DICOM segmentation refers to slice by slice",
      advice: "Leave --format dicom-seg out, or give the series that the image was made from.",
    });
  }
  const series = source.fields as DicomSeriesSource;
  const whole =
    series.studyInstanceUid !== "" &&
    series.seriesInstanceUid !== "" &&
    series.slices.every(({ sopClassUid }) => sopClassUid !== "");
  if (whole) return series;
  throw new UserError({
    subject: name,
    found: "DICOM files without identifiers of study, series or class",
    expected: "all three, which a DICOM segmentation refers to",
    advice: "Export the series again without taking identifiers out, or leave --format dicom-seg out.",
  });
}
