/** A session that can have others beside it: threads inside one operator gain little where channels are few. */
import type { Session, SessionOptions, Tensor } from "../../graph/engine.js";
import { encoded, type OnnxModel } from "../../graph/onnx-model.js";
import { SessionThread } from "./session-thread.js";

/** Each holds the features of a window. */
const MOST_SESSIONS = 4;

/** Bytes of weights that are not held twice: networks so large have channels enough to keep all threads of one session busy. */
const MOST_WEIGHTS = 2 ** 25;

/** @param options with the number of threads that all of them share */
export function withSessionsBeside(
  session: Session,
  model: OnnxModel,
  options: SessionOptions & { readonly threads: number },
): Session {
  const count = Math.min(options.threads, MOST_SESSIONS);
  if (count < 2 || bytesOfWeights(model) > MOST_WEIGHTS) return session;
  return new SideBySideSession(session, async () => {
    const bytes = encoded(model);
    const threads = Math.floor(options.threads / count);
    const opening = Array.from({ length: count }, () => SessionThread.open(bytes, { ...options, threads }));
    const opened = await Promise.allSettled(opening);
    const sessions = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    if (sessions.length === count) return sessions;
    await Promise.all(sessions.map((one) => one.release()));
    throw opened.find((one) => one.status === "rejected")!.reason;
  });
}

const bytesOfWeights = (model: OnnxModel): number =>
  model instanceof Uint8Array
    ? model.length
    : (model.graph?.initializer ?? []).reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0);

class SideBySideSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private beside: Promise<readonly Session[]> | undefined;

  constructor(
    private readonly session: Session,
    private readonly open: () => Promise<readonly Session[]>,
  ) {
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>> {
    return this.session.run(feeds, outputs, into);
  }

  sideBySide(): Promise<readonly Session[]> {
    this.beside ??= this.open();
    return this.beside;
  }

  async release(): Promise<void> {
    // What could not be opened was thrown to whoever asked for it.
    const beside = (await this.beside?.catch(() => [])) ?? [];
    await Promise.all([this.session, ...beside].map((one) => one.release()));
  }
}
