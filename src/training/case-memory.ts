/** The voxels of the cases that patches are cut from: read when they are first asked for, and a bounded part of them kept. */
import { caseKey, UserError } from "../base/index.js";
import { type PreparedVoxels, readPreparedCase } from "../dataset/index.js";
import { type Foreground, findForeground, type TrainingCase } from "./sampling/index.js";

/** Bytes of voxels that all threads of a training keep together, 1 GiB: hundreds of images of 64 x 64 x 64 voxels. */
export const CASE_MEMORY_BYTES = 2 ** 30;

/** A case with what is computed from its voxels once. */
export interface SampledCase extends PreparedVoxels {
  readonly foreground: Foreground;
}

interface Kept {
  readonly sampled: Promise<SampledCase>;
  /** 0 until it is read. */
  bytes: number;
}

/** Keeps the cases that were asked for last. */
export class CaseMemory {
  /** By file, the one asked for last at the end. */
  private readonly kept = new Map<string, Kept>();
  private latest = "";
  private bytes = 0;

  /** @param capacity bytes; the case asked for last is kept however large it is */
  constructor(
    private readonly capacity: number,
    private readonly read: (one: TrainingCase) => Promise<PreparedVoxels> = readPreparedCase,
  ) {}

  /** @throws UserError (rejects) where the case is missing, damaged or not as it was described; asked again, it is read again */
  get(one: TrainingCase): Promise<SampledCase> {
    const kept = this.kept.get(one.entry) ?? this.begin(one);
    this.kept.delete(one.entry);
    this.kept.set(one.entry, kept);
    this.latest = one.entry;
    return kept.sampled;
  }

  private begin(one: TrainingCase): Kept {
    const kept: Kept = { sampled: this.load(one), bytes: 0 };
    kept.sampled.then(
      (sampled) => {
        // While it is read it is not among those that make room.
        kept.bytes = bytesOf(sampled);
        this.bytes += kept.bytes;
        this.shrink();
      },
      () => this.kept.delete(one.entry),
    );
    return kept;
  }

  private async load(one: TrainingCase): Promise<SampledCase> {
    const { image, target } = await this.read(one);
    checkVoxels(one, { image, target });
    return { image, target, foreground: findForeground(one, target) };
  }

  private shrink(): void {
    for (const [entry, { bytes }] of this.kept) {
      if (this.bytes <= this.capacity) return;
      if (bytes === 0 || entry === this.latest) continue;
      this.kept.delete(entry);
      this.bytes -= bytes;
    }
  }
}

const bytesOf = ({ image, target, foreground }: SampledCase): number =>
  foreground.reduce((sum, { byteLength }) => sum + byteLength, image.data.byteLength + target.byteLength);

function checkVoxels(one: TrainingCase, { image, target }: PreparedVoxels): void {
  const { shape } = one.grid;
  const voxels = shape[0] * shape[1] * shape[2];
  const fits = image.shape.every((count, axis) => count === shape[axis]) && image.channels === one.channels;
  if (fits && voxels > 0 && image.data.length === voxels * one.channels && target.length === voxels) return;
  throw new UserError({
    subject: `case ${caseKey(one)}`,
    found: `${image.data.length} image voxels and ${target.length} label voxels`,
    expected: `${voxels * one.channels} and ${voxels} for a grid of ${shape.join(" x ")} with ${one.channels} channels`,
    advice: "Start again: the case is then prepared anew.",
  });
}
