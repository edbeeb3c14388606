/** Tells what the user should know of a result that is there nevertheless. */
export function warn(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}

/** Tells what makes an image doubtful without being foreign. */
export function tellWarnings(name: string, warnings: readonly string[]): void {
  for (const warning of warnings) warn(`${name}: ${warning}`);
}
