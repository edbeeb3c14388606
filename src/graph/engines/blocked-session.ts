/**
 * A session that runs a model's convolutions on blocked channels. A size of the inputs that is new is first run through
 * the model as it is, to learn the sizes inside; the results always come from the model written for them.
 */
import { feedOf, type Session, type Tensor } from "../engine.js";
import { readSignature } from "../input-sizes.js";
import { blockedModel, tellingSizes } from "./blocked-model.js";

/** @param create opens a model */
export async function openInBlocks(
  model: Uint8Array,
  channelBlock: number,
  create: (model: Uint8Array) => Promise<Session>,
): Promise<Session> {
  const telling = tellingSizes(model, channelBlock);
  if (telling.outputs.length === 0) return create(model);
  // Opened at once, so that a model that cannot be opened is refused here and not when the first image comes.
  return new BlockedSession({ model, channelBlock, create, telling }, await create(telling.model));
}

interface Source {
  readonly model: Uint8Array;
  readonly channelBlock: number;
  readonly create: (model: Uint8Array) => Promise<Session>;
  readonly telling: ReturnType<typeof tellingSizes>;
}

class BlockedSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private sizes: string | undefined;
  /** The last thing that was asked; the next waits for it, since it may replace the session. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly source: Source,
    /** The model that tells sizes, until `sizes` says what the other one was written for. */
    private session: Session | undefined,
  ) {
    const { inputs, outputs } = readSignature(source.model);
    this.inputNames = inputs;
    this.outputNames = outputs;
  }

  run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>> {
    return this.next(async () => {
      const sizes = JSON.stringify(this.inputNames.map((name) => feedOf(feeds, name).dims));
      const session = this.sizes === sizes ? (this.session as Session) : await this.rewrite(feeds, sizes);
      return session.run(feeds, outputs, into);
    });
  }

  release(): Promise<void> {
    return this.next(() => this.close());
  }

  private async rewrite(feeds: Readonly<Record<string, Tensor>>, sizes: string): Promise<Session> {
    const { model, channelBlock, create, telling } = this.source;
    if (this.sizes !== undefined) {
      await this.close();
      this.session = await create(telling.model);
    }
    const told = await (this.session as Session).run(feeds, telling.outputs);
    const inside = Object.entries(told).map(([name, { data }]) => [name, Array.from(data, Number)]);
    const blocked = blockedModel(model, channelBlock, Object.fromEntries(inside));
    await this.close();
    this.session = await create(blocked ?? model);
    this.sizes = sizes;
    return this.session;
  }

  private async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.sizes = undefined;
    await session?.release();
  }

  private next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}
