/** A session whose model is written anew for the sizes of its inputs: another size closes it and opens the next. */
import { feedOf, type Session, type Tensor } from "../engine.js";

type Feeds = Readonly<Record<string, Tensor>>;

/** Writes models for sizes. */
export interface ModelWriter extends Pick<Session, "inputNames" | "outputNames"> {
  /** Opens the model for inputs of such sizes. */
  openFor(feeds: Feeds): Promise<Session>;
  /** Lets go of what it keeps open itself. */
  release(): Promise<void>;
}

export class SizedSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private current: { readonly sizes: string; readonly session: Session } | undefined;
  /** The last thing that was asked; the next waits for it, since it may replace the session. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly writer: ModelWriter) {
    this.inputNames = writer.inputNames;
    this.outputNames = writer.outputNames;
  }

  run(
    feeds: Feeds,
    outputs: readonly string[] = this.outputNames,
    into?: Feeds,
  ): Promise<Record<string, Tensor>> {
    return this.next(async () => {
      const sizes = JSON.stringify(this.inputNames.map((name) => feedOf(feeds, name).dims));
      if (this.current?.sizes !== sizes) {
        await this.close();
        this.current = { sizes, session: await this.writer.openFor(feeds) };
      }
      return this.current.session.run(feeds, outputs, into);
    });
  }

  release(): Promise<void> {
    return this.next(async () => {
      await this.close();
      await this.writer.release();
    });
  }

  private async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.session.release();
  }

  private next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}
