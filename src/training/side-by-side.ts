/**
 * A training step whose samples are computed side by side, each by one thread: operators on few channels gain little from several
 * threads (8 channels: 1.1 to 1.4 times as fast on two), samples on threads of their own gain all of it. The gradients are added in the
 * order of the samples, so the result does not depend on which was ready first, nor on how many threads there were.
 */
import type { Session, Tensor } from "../graph/index.js";
import type { ProgramOptions } from "./program-options.js";
import { sampleModel, updateModel } from "./step-models.js";

/** Voxels times channels at the finest level below which a sample takes less time than handing it to another thread. */
const LEAST_WORK = 2 ** 16;

/**
 * What opens a step that takes the feeds of `stepModel` and gives its outputs; undefined where there is one sample or one thread,
 * where samples are small, or the engine has no threads for sessions.
 */
export async function openSideBySide(
  options: ProgramOptions,
  channelBlock: number | undefined,
): Promise<SideBySide | undefined> {
  const { engine, batch, patch, network } = options;
  const threads = options.threads ?? engine.threads ?? 1;
  const workers = Math.min(batch, threads);
  const work = network.description.channels * patch.reduce((product, size) => product * size, 1);
  if (engine.openApart === undefined || workers < 2 || work < LEAST_WORK) return undefined;
  const model = sampleModel(options, channelBlock);
  const open = engine.openApart;
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => open(model, { threads: Math.floor(threads / workers) })),
  );
  return new SideBySide(sessions, await engine.open(updateModel(options), { threads: 1 }));
}

export class SideBySide implements Pick<Session, "run" | "release"> {
  constructor(
    private readonly samples: readonly Session[],
    private readonly update: Session,
  ) {}

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    _outputs: undefined,
    into: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>> {
    const { parameters, weight } = feeds as { parameters: Tensor; weight: Tensor };
    const batch = weight.dims[0]!;
    const found = Array.from({ length: batch }, (_, sample) => {
      const session = this.samples[sample % this.samples.length]!;
      return session.run(this.feedsOf(session, sample, feeds));
    });
    // A failure of one is thrown when all have ended: none goes on behind the caller's back.
    await Promise.allSettled(found);
    const gradient = new Float32Array(parameters.data.length);
    let loss = 0;
    for (const each of found) {
      const result = await each;
      const own = result.gradient!.data as Float32Array;
      for (let at = 0; at < gradient.length; at++) gradient[at] = gradient[at]! + own[at]!;
      loss += Number(result.loss!.data[0]);
    }
    const updated = await this.update.run(
      { ...feeds, gradient: { type: "float32", dims: parameters.dims, data: gradient } },
      undefined,
      into,
    );
    return { ...updated, loss: { type: "float32", dims: [1], data: Float32Array.of(loss) } };
  }

  async release(): Promise<void> {
    await Promise.all([...this.samples, this.update].map((session) => session.release()));
  }

  /** Its part of everything that has a row for each sample; its weights as shares of the batch's. */
  private feedsOf(
    session: Session,
    sample: number,
    feeds: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor> {
    const { parameters, weight, ...batch } = feeds as Record<"parameters" | "weight", Tensor> &
      Record<string, Tensor>;
    const total = (weight.data as Float32Array).reduce((sum, value) => sum + value, 0) + 1e-12;
    const rows = session.inputNames.filter((name) => name !== "parameters" && name !== "weight");
    const own = Object.fromEntries(rows.map((name) => [name, rowOf(batch[name]!, sample)]));
    const share = rowOf(weight, sample);
    const data = (share.data as Float32Array).map((value) => value / total);
    return { ...own, parameters, weight: { ...share, data } };
  }
}

function rowOf({ type, dims, data }: Tensor, sample: number): Tensor {
  const length = data.length / dims[0]!;
  return { type, dims: [1, ...dims.slice(1)], data: data.slice(sample * length, (sample + 1) * length) };
}
