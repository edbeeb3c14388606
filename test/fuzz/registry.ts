/** The parsers that are fuzzed. To add one: its file under `parsers/`, and its line here. A process loads what it needs. */
import type { Parser } from "./parser.js";

const volume = (file: "nifti" | "gzip" | "nrrd" | "metaimage" | "zip", reads: string): Parser => ({
  name: file,
  reads,
  open: async () => (await import(`./parsers/${file}.js`)).open(),
});

const dicom = (name: string, encoding: string, reads: string): Parser => ({
  name: `dicom-${name}`,
  reads: `DICOM: ${reads}`,
  open: async () => (await import("./parsers/dicom.js")).open(encoding),
});

const part = (name: Parameters<typeof import("./parsers/bundle.js").openPart>[0]): Parser => ({
  name: `bundle/${name}`,
  reads: `${name} of a bundle`,
  open: async () => (await import("./parsers/bundle.js")).openPart(name),
});

export const parsers: readonly Parser[] = [
  volume("nifti", "NIfTI-1 and NIfTI-2"),
  volume("gzip", "gzip around NIfTI"),
  volume("nrrd", "NRRD, attached and detached"),
  volume("metaimage", "MetaImage, attached and detached"),
  dicom("implicit", "implicit", "implicit little endian"),
  dicom("explicit", "explicit", "explicit little endian, classic and enhanced"),
  dicom("deflated", "deflated", "deflated explicit little endian"),
  dicom("big-endian", "bigEndian", "explicit big endian"),
  dicom("rle", "rle", "RLE lossless"),
  dicom("jpeg", "jpeg", "lossless JPEG, process 14, any predictor and the first"),
  dicom("jpeg-ls", "jpegLs", "JPEG-LS, lossless and near-lossless"),
  dicom("jpeg-2000", "jpeg2000", "JPEG 2000, lossless and either"),
  volume("zip", "zip of DICOM files"),
  part("manifest.json"),
  {
    name: "bundle/model.onnx",
    reads: "model.onnx of a bundle, up to ONNX Runtime",
    open: async () => (await import("./parsers/bundle.js")).openNetwork(),
  },
  part("preparation.json"),
  part("inference.json"),
  part("labels.json"),
  part("calibration.json"),
  part("guard.json"),
  part("card.json"),
  part("card.md"),
  {
    name: "onnx",
    reads: "ONNX models of other software",
    open: async () => (await import("./parsers/onnx.js")).open(),
  },
  {
    name: "safetensors",
    reads: "safetensors",
    open: async () => (await import("./parsers/safetensors.js")).openTensors(),
  },
  {
    name: "checkpoint",
    reads: "checkpoints of a training",
    open: async () => (await import("./parsers/safetensors.js")).openCheckpoint(),
  },
  {
    name: "dataset.json",
    reads: "dataset.json of the Decathlon and of nnU-Net",
    open: async () => (await import("./parsers/dataset-json.js")).open(),
  },
  {
    name: "yaml-run",
    reads: "YAML configuration of a run",
    open: async () => (await import("./parsers/yaml.js")).openRun(),
  },
  {
    name: "yaml-study",
    reads: "YAML configuration of a study",
    open: async () => (await import("./parsers/yaml.js")).openStudy(),
  },
  {
    name: "yaml-network",
    reads: "YAML description of a network of other software",
    open: async () => (await import("./parsers/yaml.js")).openNetwork(),
  },
  {
    name: "csv",
    reads: "CSV of subjects",
    open: async () => (await import("./parsers/csv.js")).open(),
  },
];

/** @throws RangeError where there is none of this name */
export function parserCalled(name: string): Parser {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new RangeError(`no parser ${name}`);
  return parser;
}
