/** Tells what the user should know of a result that is there nevertheless. */
export function warn(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}
