/** What the page and its worker say to each other. */
import type { Card, OrganVolume } from "../../src/bundle/index.js";
import type { SignatureMap, Verdict } from "../../src/ood/index.js";
import type { Modality, Shape } from "../../src/volume/index.js";

export interface GivenFile {
  /** Path below what was given, with "/". */
  readonly path: string;
  readonly file: File;
}

/** What a person dropped or chose: files, or one folder with all that is in it. */
export interface Given {
  /** For messages. */
  readonly name: string;
  readonly files: readonly GivenFile[];
  readonly folder: boolean;
}

/** One for all channels, or one for each. */
export type ModalityChoice = Modality | readonly Modality[];

/** What a page shows of an opened bundle. */
export interface BundleFacts {
  readonly card: Card;
  readonly fingerprint: string;
  readonly organs: readonly string[];
  readonly modalities: readonly ModalityChoice[];
  /** A sentence, where the probabilities are not to be taken as calibrated. */
  readonly doubt?: string;
  readonly computing: Computing;
}

/** What computes. */
export type Computing = { readonly device: "server" } | OwnComputing;

/** What this browser computes with. */
export type OwnComputing =
  | { readonly device: "webgpu" }
  | { readonly device: "cpu"; readonly threads: number; readonly reasons: readonly ComputingReason[] };

/** Why the graphics card does not compute, or why there is one thread. */
export type ComputingReason =
  | "no-webgpu"
  | "software-webgpu"
  | "webgpu-failed"
  | "asked"
  | "not-isolated"
  | "one-core";

/** What a page shows of a scan before it is segmented. */
export interface ScanFacts {
  readonly name: string;
  readonly shape: Shape;
  /** Millimetres. */
  readonly spacing: readonly [number, number, number];
  readonly channels: number;
  /** The scan as NIfTI, for the viewer. */
  readonly nifti: Uint8Array;
  /** What the bundle's normalisation needs to know and the file does not say; empty where it is known. */
  readonly question: readonly ModalityChoice[];
}

/** Several volumes were given at once, and a person must say which is meant. */
export interface SeriesQuestion {
  /** What tells them apart; the first is number 1. */
  readonly volumes: readonly string[];
}

/** What a page shows of a segmented scan. */
export interface ResultFacts {
  readonly verdict: Verdict;
  /** Measures of the guard's calibration images, at most some hundreds of them, evenly drawn by size. */
  readonly measures: readonly number[];
  readonly map: SignatureMap;
  readonly volumes: readonly OrganVolume[];
  /** Sentences. */
  readonly warnings: readonly string[];
  /** NIfTI files for the viewer: the mask, its outline, and one minus the confidence. */
  readonly mask: Uint8Array;
  readonly outline: Uint8Array;
  readonly doubt: Uint8Array;
  /** What the results can be saved as. */
  readonly forms: readonly ResultForm[];
  readonly seconds: number;
  readonly computing: Computing;
}

/** The files that the server made of a scan. */
export interface ServedResults {
  readonly mask: FileToSave;
  readonly confidence: FileToSave;
  /** JSON, both. */
  readonly verdict: string;
  readonly figures: string;
  /** Where the scan is DICOM. */
  readonly segmentation?: Uint8Array;
}

export type ResultForm = "nifti" | "dicom-seg";

export interface FileToSave {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Windows done of all. */
export type Progress = (done: number, total: number) => void;

export interface WorkerSettings {
  /** Address of the folder of ONNX Runtime's files. */
  readonly runtimeFolder: string;
  /** What must compute; by default the best that there is. */
  readonly device?: OwnComputing["device"];
}

/** The worker, as the page sees it. */
export interface PageWorker {
  /** To be called once, before anything else. */
  begin(settings: WorkerSettings): void;
  kindOf(given: Given): Promise<"bundle" | "scan">;
  openBundle(given: Given): Promise<BundleFacts>;
  /** @param series number of the volume that is meant, as the answer to a `SeriesQuestion` */
  readScan(given: Given, series?: string): Promise<ScanFacts | SeriesQuestion>;
  predict(modality: ModalityChoice | undefined, progress: Progress): Promise<ResultFacts>;
  /** The scan that was read, as one file for the server, which takes several only as a zip of DICOM. */
  pack(given: Given): Promise<File>;
  /** What the server found on the scan that was read. @param seconds that it took */
  receive(results: ServedResults, seconds: number): Promise<ResultFacts>;
  save(form: ResultForm): Promise<FileToSave>;
}
