/** How much is logged; apart from the log itself, for a command line that loads no more than it must. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
