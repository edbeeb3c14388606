/** What a user reads when a command fails. */

import { inspect } from "node:util";
import { UserError } from "../base/index.js";

/** How a command failed, as plain data that passes between threads. */
export interface Failure {
  /** One line, for anybody. */
  readonly message: string;
  /** Stack and causes, for whoever mends sureseg. */
  readonly details: string;
}

export function failureOf(error: unknown): Failure {
  const details = inspect(error);
  if (error instanceof UserError) return { message: error.message, details };
  if (isOutOfMemory(error)) {
    return {
      message:
        "memory: found too little of it, expected enough for this work. Use smaller patches or batches, fewer workers or processes, or a machine with more memory.",
      details,
    };
  }
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    message: `${said.replace(/\s+/g, " ")}. This is a defect of sureseg; please report it, with what the command says where SURESEG_DEBUG=1 is set.`,
    details,
  };
}

/** The line, and the details where SURESEG_DEBUG asks for them. */
export function failureText({ message, details }: Failure): string {
  return process.env.SURESEG_DEBUG ? `error: ${message}\n${details}\n` : `error: ${message}\n`;
}

/** A thread whose heap is full ends with a code of Node's; typed arrays beyond what there is throw a RangeError. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_WORKER_OUT_OF_MEMORY" || /allocation failed/i.test(error.message);
}
