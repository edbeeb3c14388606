/** What messages about a model look like. */
import { UserError } from "../../base/index.js";

/** A name that a file states, short and printable. */
export const shown = (name: string): string => {
  const plain = name.replace(/[^\x20-\x7e]/g, "?");
  return `"${plain.length > 80 ? `${plain.slice(0, 77)}...` : plain}"`;
};

/** An error about a model, from its subject, what was found, what was expected and what to do. */
export const refused = (...[subject, found, expected, advice, cause]: Refusal): UserError =>
  new UserError({ subject, found, expected, advice, cause });

type Refusal = [subject: string, found: string, expected: string, advice: string, cause?: unknown];
