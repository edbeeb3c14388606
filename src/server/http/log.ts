/** The server's log: one JSON object a line, with nothing in it that came from a client or an image. */
import pino, { type Logger } from "pino";
import type { LogLevel } from "./log-levels.js";

/** Lines go to stderr, at once: a process that ends takes none with it. */
export const serverLog = (level: LogLevel): Logger =>
  pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );

/**
 * What may be logged of an error: its kind, its code and where it came from. Its message may quote a file's name or a
 * header's text.
 */
export function safeDetails(error: unknown): {
  readonly error: string;
  readonly code?: string;
  readonly at: string[];
} {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const { code } = error as NodeJS.ErrnoException;
  const stack = "details" in error && typeof error.details === "string" ? error.details : (error.stack ?? "");
  const at = stack
    .split("\n")
    .map((line) => /^\s+at .*?((?:src|dist|node:)[\w/.:-]*:\d+:\d+)\)?$/.exec(line)?.[1])
    .filter((place) => place !== undefined);
  return { error: error.name, ...(typeof code === "string" && { code }), at: at.slice(0, 8) };
}
