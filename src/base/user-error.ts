/**
 * An error that a user can cause and can mend: a wrong file, field or option.
 *
 * The message names what was looked at, what was found, what was expected and what to do next, so that the
 * command line can print it alone. Everything that is not a `UserError` is a defect and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  /** The file, field or option the error is about. */
  readonly subject: string;
  /** What was found there. */
  readonly found: string;
  /** What was expected instead. */
  readonly expected: string;
  /** What to do about it. */
  readonly advice: string;

  constructor(facts: { subject: string; found: string; expected: string; advice: string; cause?: unknown }) {
    super(`${facts.subject}: found ${facts.found}, expected ${facts.expected}. ${facts.advice}`, {
      cause: facts.cause,
    });
    this.subject = facts.subject;
    this.found = facts.found;
    this.expected = facts.expected;
    this.advice = facts.advice;
  }
}
