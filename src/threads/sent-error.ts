/** Errors that pass between threads: they lose their class on the way, and those that a user can mend must not. */
import { UserError } from "../base/index.js";

/** An error as plain data. */
export type SentError =
  | { readonly refused: ConstructorParameters<typeof UserError>[0] }
  | { readonly error: unknown };

export function sentError(error: unknown): SentError {
  if (!(error instanceof UserError)) return { error };
  const { subject, found, expected, advice, cause } = error;
  return { refused: { subject, found, expected, advice, cause } };
}

/** The error that was sent: a `UserError` as one, anything else as the copy that came. */
export const receivedError = (sent: SentError): unknown =>
  "refused" in sent ? new UserError(sent.refused) : sent.error;
