/** The parsers that are fuzzed. To add one: its file under `parsers/`, and its line here. A process loads what it needs. */
import type { Parser } from "./parser.js";

const image = (name: string, reads: string, load: () => Promise<Pick<Parser, "open">>): Parser => ({
  name,
  reads,
  kind: "image",
  open: async () => (await load()).open(),
});

const dicom = (name: string, encoding: string, reads: string): Parser => ({
  name: `dicom-${name}`,
  reads: `DICOM: ${reads}`,
  kind: "image",
  open: async () => (await import("./parsers/dicom.js")).open(encoding),
});

const part = (name: Parameters<typeof import("./parsers/bundle.js").openPart>[0]): Parser => ({
  name: `bundle/${name}`,
  reads: `${name} of a bundle`,
  open: async () => (await import("./parsers/bundle.js")).openPart(name),
});

export const parsers: readonly Parser[] = [
  image("nifti", "NIfTI-1 and NIfTI-2", () => import("./parsers/nifti.js")),
  image("gzip", "gzip around NIfTI", () => import("./parsers/gzip.js")),
  image("nrrd", "NRRD, attached and detached", () => import("./parsers/nrrd.js")),
  image("metaimage", "MetaImage, attached and detached", () => import("./parsers/metaimage.js")),
  dicom("implicit", "implicit", "implicit little endian"),
  dicom("explicit", "explicit", "explicit little endian, classic and enhanced"),
  dicom("deflated", "deflated", "deflated explicit little endian"),
  dicom("big-endian", "bigEndian", "explicit big endian"),
  dicom("rle", "rle", "RLE lossless"),
  dicom("jpeg", "jpeg", "lossless JPEG, process 14, any predictor and the first"),
  dicom("jpeg-ls", "jpegLs", "JPEG-LS, lossless and near-lossless"),
  dicom("jpeg-2000", "jpeg2000", "JPEG 2000, lossless and either"),
  image("zip", "zip of DICOM files", () => import("./parsers/zip.js")),
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
  {
    name: "http",
    reads: "requests to the server",
    open: async () => (await import("./parsers/http.js")).open(),
  },
];

/** @throws RangeError where there is none of this name */
export function parserCalled(name: string): Parser {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new RangeError(`no parser ${name}`);
  return parser;
}
