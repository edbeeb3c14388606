/**
 * A session that runs a model's convolutions on blocked channels. A size of the inputs that is new is first run through
 * the model as it is, to learn the sizes inside; the results always come from the model written for them.
 */
import type { ModelProto } from "onnx-buf";
import type { Session, Tensor } from "../engine.js";
import { readSignature } from "../input-sizes.js";
import { blockedModel, tellingSizes } from "./blocked-model.js";
import { type ModelWriter, SizedSession } from "./sized-session.js";

type Create = (model: ModelProto) => Promise<Session>;

/** @param create opens a model */
export async function openInBlocks(
  model: ModelProto,
  channelBlock: number,
  create: Create,
): Promise<Session> {
  const telling = tellingSizes(model, channelBlock);
  if (telling.outputs.length === 0) return create(model);
  // Opened at once, so that a model that cannot be opened is refused here and not when the first image comes.
  const teller = await create(telling.model);
  return new SizedSession(new BlockedWriter({ model, channelBlock, create, telling }, teller));
}

interface Source {
  readonly model: ModelProto;
  readonly channelBlock: number;
  readonly create: Create;
  readonly telling: ReturnType<typeof tellingSizes>;
}

class BlockedWriter implements ModelWriter {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly source: Source,
    /** The model that tells sizes, until they are asked for. */
    private teller: Session | undefined,
  ) {
    const { inputs, outputs } = readSignature(source.model);
    this.inputNames = inputs;
    this.outputNames = outputs;
  }

  async openFor(feeds: Readonly<Record<string, Tensor>>): Promise<Session> {
    const { model, channelBlock, create, telling } = this.source;
    this.teller ??= await create(telling.model);
    const told = await this.teller.run(feeds, telling.outputs);
    await this.release();
    const inside = Object.entries(told).map(([name, { data }]) => [name, Array.from(data, Number)]);
    return create(blockedModel(model, channelBlock, Object.fromEntries(inside)) ?? model);
  }

  async release(): Promise<void> {
    const { teller } = this;
    this.teller = undefined;
    await teller?.release();
  }
}
