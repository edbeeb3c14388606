/** Standard output and standard error, whose readers may go away before the work is done. */

import { writingError } from "../dataset/atomic-write.js";

/** The first write to standard output that failed for another reason than a reader that went away. */
let failure: unknown;

/**
 * Call once, before anything is written. A reader that closes early (`| head -1`) has what it wanted: the rest of the
 * text goes nowhere, and the work goes on to its files and its exit status.
 */
export function survivesClosedReaders(): void {
  for (const [stream, name] of [
    [process.stdout, "standard output"],
    [process.stderr, "standard error"],
  ] as const) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") failure ??= writingError(error, name);
    });
  }
}

/** What kept text from being written: a full disk, say. Undefined where all is well. */
export const outputFailure = (): unknown => failure;
