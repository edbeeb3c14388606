/** The worker's own work: one bundle that is open, one scan that lies on the desk, and what was found on it. */
import { UserError } from "../../src/base/index.js";
import {
  type Bundle,
  encodeDicomResult,
  type ImagePrediction,
  type LikelyModality,
  likelyModality,
  type OpenedBundle,
  openBundle,
  openNetworks,
  predictImage,
  temperatureDoubt,
} from "../../src/bundle/index.js";
import { signatureMap } from "../../src/ood/index.js";
import {
  DICOM,
  readImage,
  SeveralVolumes,
  type SourcedVolume,
  writeVolume,
} from "../../src/sources/index.js";
import { modalityOfEachChannel, spacingOf } from "../../src/volume/index.js";
import { chooseComputing, processor } from "./computing.js";
import { bundleFiles, imageFiles } from "./given-files.js";
import { outlineOf } from "./outline.js";
import { packScan } from "./pack-scan.js";
import { pageEngine } from "./page-engine.js";
import type {
  BundleFacts,
  FileToSave,
  Given,
  ModalityChoice,
  OwnComputing,
  Progress,
  ResultFacts,
  ResultForm,
  ScanFacts,
  SeriesQuestion,
  ServedResults,
  WorkerSettings,
} from "./protocol.js";
import { servedPrediction } from "./served-results.js";

/** Dots that a figure can hold. */
const MOST_MEASURES = 400;

interface Scan {
  readonly name: string;
  readonly volume: SourcedVolume;
}

export class ScanDesk {
  private opened: (OpenedBundle & { readonly computing: OwnComputing }) | undefined;
  private scan: Scan | undefined;
  private prediction: ImagePrediction | undefined;
  /** Where the server made it. */
  private served: ServedResults | undefined;

  constructor(private readonly settings: WorkerSettings) {}

  /** The bundle that was open stays so until the new one is. */
  async openBundle(given: Given): Promise<BundleFacts> {
    const bundle = await openBundle(await bundleFiles(given));
    const computing = await chooseComputing(this.settings.device);
    try {
      await this.open(bundle, computing);
    } catch (error) {
      if (computing.device === "cpu" || this.settings.device !== undefined) throw error;
      await this.open(bundle, processor("webgpu-failed"));
    }
    const { card, labels, calibration, fingerprint } = bundle;
    return {
      card,
      fingerprint,
      organs: labels.organs,
      modalities: labels.modalities,
      doubt: temperatureDoubt(calibration),
      computing: this.bundle().computing,
    };
  }

  async readScan(given: Given, series?: string): Promise<ScanFacts | SeriesQuestion> {
    this.scan = undefined;
    this.prediction = undefined;
    this.served = undefined;
    const { labels } = this.bundle().bundle;
    const files = imageFiles(given);
    const volume = await readImage(files, { series }).catch((error: unknown) => {
      if (error instanceof SeveralVolumes) return { volumes: error.volumes };
      throw error;
    });
    if ("volumes" in volume) return volume;
    const channels = labels.inputChannels.length;
    if (volume.channels !== channels) {
      throw new UserError({
        subject: files.name,
        found: `${volume.channels} ${volume.channels === 1 ? "channel" : "channels"}`,
        expected: `${channels}: ${labels.inputChannels.join(", ")}`,
        advice: "Give a scan like those that the network was trained on, all channels in one file.",
      });
    }
    this.scan = { name: files.name, volume };
    const known = volume.source.modality !== undefined || labels.modalities.length === 1;
    return {
      name: files.name,
      shape: volume.shape,
      spacing: [...spacingOf(volume.affine)] as [number, number, number],
      channels: volume.channels,
      nifti: await writeVolume(volume, "scan.nii"),
      question: known ? [] : labels.modalities,
    };
  }

  async predict(stated: ModalityChoice | undefined, progress: Progress): Promise<ResultFacts> {
    const { name, volume } = this.scanOnDesk();
    const start = performance.now();
    const { modalities, warning } = await this.modalitiesOf({ volume, name }, stated);
    const prediction = await this.predictWithFallback({ volume, modalities, name }, progress);
    const { computing } = this.bundle();
    const seconds = (performance.now() - start) / 1000;
    const facts = await this.factsOf(prediction, { seconds, computing });
    return warning === undefined ? facts : { ...facts, warnings: [warning, ...facts.warnings] };
  }

  pack(given: Given): Promise<File> {
    return packScan(given, this.scanOnDesk().volume);
  }

  async receive(results: ServedResults, seconds: number): Promise<ResultFacts> {
    const prediction = await servedPrediction(results, this.scanOnDesk().volume);
    const facts = await this.factsOf(prediction, { seconds, computing: { device: "server" } });
    this.served = results;
    return facts;
  }

  private async factsOf(
    prediction: ImagePrediction,
    made: Pick<ResultFacts, "seconds" | "computing">,
  ): Promise<ResultFacts> {
    const { volume } = this.scanOnDesk();
    const { guard } = this.bundle().bundle;
    this.prediction = prediction;
    this.served = undefined;
    return {
      verdict: prediction.verdict,
      measures: evenlyDrawn(guard.calibration.measures),
      map: signatureMap(guard, prediction.signatures),
      volumes: prediction.volumes,
      warnings: [...volume.source.warnings, ...prediction.warnings],
      ...(await pictures(prediction)),
      forms: volume.source.format === DICOM ? ["nifti", "dicom-seg"] : ["nifti"],
      ...made,
    };
  }

  async save(form: ResultForm): Promise<FileToSave> {
    const { name, volume } = this.scanOnDesk();
    const { bundle } = this.bundle();
    const prediction = this.prediction;
    if (prediction === undefined) throw new Error("there is no result to save");
    if (form === "dicom-seg") {
      // The very file that the server made has its identifiers.
      if (this.served?.segmentation !== undefined)
        return { name: "mask.dcm", bytes: this.served.segmentation.slice() };
      const bytes = encodeDicomResult("labels", { name, bundle, source: volume.source, prediction });
      return { name: "mask.dcm", bytes };
    }
    const file = "mask.nii.gz";
    return { name: file, bytes: await writeVolume(prediction.labels, file, { like: volume.source }) };
  }

  /** What is said comes first, then what the file says; where neither says anything, the network's own guess. */
  private async modalitiesOf(
    { volume, name }: Scan,
    stated: ModalityChoice | undefined,
  ): Promise<Pick<LikelyModality, "modalities"> & Partial<LikelyModality>> {
    const opened = this.bundle();
    const { labels } = opened.bundle;
    const only = labels.modalities.length === 1 ? labels.modalities[0] : undefined;
    const known = stated ?? volume.source.modality ?? only;
    if (known === undefined) return likelyModality(opened, { volume, name });
    return { modalities: modalityOfEachChannel(known, labels.inputChannels.length, name) };
  }

  /** A graphics card that opens a network may still fail to run it; the processor then does. */
  private async predictWithFallback(
    image: Parameters<typeof predictImage>[1],
    onProgress: Progress,
  ): Promise<ImagePrediction> {
    const opened = this.bundle();
    try {
      return await predictImage(opened, image, { onProgress });
    } catch (error) {
      const failed = error instanceof UserError && error.subject === "the device webgpu";
      if (!failed || opened.computing.device === "cpu" || this.settings.device !== undefined) throw error;
      const other = await this.open(opened.bundle, processor("webgpu-failed"));
      return predictImage(other, image, { onProgress });
    }
  }

  private async open(bundle: Bundle, computing: OwnComputing): Promise<OpenedBundle> {
    const engine = await pageEngine(computing, this.settings.runtimeFolder);
    const opened = await openNetworks(engine, bundle);
    await this.opened?.session.release();
    this.opened = { ...opened, computing };
    return this.opened;
  }

  private bundle(): OpenedBundle & { readonly computing: OwnComputing } {
    if (this.opened !== undefined) return this.opened;
    throw new UserError({
      subject: "the page",
      found: "no network",
      expected: "a bundle",
      advice: "Drop the folder or zip of a bundle first.",
    });
  }

  private scanOnDesk(): Scan {
    if (this.scan === undefined) throw new Error("there is no scan");
    return this.scan;
  }
}

async function pictures({
  labels,
  confidence,
}: ImagePrediction): Promise<Pick<ResultFacts, "mask" | "outline" | "doubt">> {
  const doubt = { ...confidence, data: confidence.data.map((value) => 1 - value) };
  return {
    mask: await writeVolume(labels, "mask.nii"),
    outline: await writeVolume(outlineOf(labels), "outline.nii"),
    doubt: await writeVolume(doubt, "doubt.nii"),
  };
}

function evenlyDrawn(measures: readonly number[]): number[] {
  const sorted = [...measures].sort((a, b) => a - b);
  const step = Math.ceil(sorted.length / MOST_MEASURES);
  // From the top, so that the largest, which the threshold is made of, are among them.
  return sorted.filter((_, at) => (sorted.length - 1 - at) % step === 0);
}
