/** What a session's thread and its owner say to each other. */
import type { SessionOptions, Tensor } from "../../graph/engine.js";
import type { SentError } from "../../threads/sent-error.js";

/** What a thread starts with. */
export interface SessionStart {
  readonly model: Uint8Array;
  readonly options: SessionOptions;
}

export interface SessionRequest {
  readonly number: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly string[];
}

export type SessionAnswer = { readonly number: number } & (
  | { readonly results: Record<string, Tensor> }
  | SentError
);
