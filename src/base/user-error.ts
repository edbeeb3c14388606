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
    const [subject, found, expected, advice] = [facts.subject, facts.found, facts.expected, facts.advice].map(
      withoutControl,
    ) as [string, string, string, string];
    super(`${subject}: found ${found}, expected ${expected}. ${advice}`, { cause: facts.cause });
    this.subject = subject;
    this.found = found;
    this.expected = expected;
    this.advice = advice;
  }
}

/** Names and pieces of text come from files of strangers: nothing in them may steer a terminal. */
const withoutControl = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, "?");
