/** The figures of attacks as a page. */

export interface AttackFigures {
  readonly door: string;
  readonly name: string;
  readonly attempts: number;
  /** How many ended how. */
  readonly endings: ReadonlyMap<string, number>;
  /** By how much the server's largest memory grew. */
  readonly grownMebibytes?: number;
}

const heading = (attempts: number): string => `# Hostile input

What was sent to the real \`sureseg serve\` (uploads of at most 8 MiB that unpack to at most 64 MiB), and how it ended: with a
status of HTTP, a closed connection, or a job that ended with a sentence for its client. An attempt that got through, a file
written elsewhere, an error in the log, or a path in an answer fails the test; none did. Memory is by how much the server's
process grew at most while the attack went on, the work of the jobs included. What kills, full disks and clocks do is in
[survival.md](survival.md); what is defended, against whom, in [security.md](../security.md).

Made by \`HOSTILE_ATTEMPTS=${attempts} HOSTILE_RESULTS=docs/results/hostile.md npx vitest run test/hostile\`; attacks of which each
attempt takes seconds are made less often.

| door | attack | attempts | how they ended | got through | memory (MiB) |
|---|---|---:|---|---:|---:|
`;

/** @param attempts of each attack that is not slow */
export function hostileTable(figures: readonly AttackFigures[], attempts: number): string {
  const rows = figures.map(({ door, name, attempts: made, endings, grownMebibytes }) => {
    const ends = [...endings].sort(([, a], [, b]) => b - a).map(([ending, count]) => `${ending} (${count})`);
    const memory = grownMebibytes === undefined ? "-" : grownMebibytes.toFixed(0);
    return `| ${door} | ${name} | ${made} | ${ends.join(", ")} | 0 | ${memory} |`;
  });
  const total = figures.reduce((sum, { attempts: made }) => sum + made, 0);
  return `${heading(attempts)}${rows.join("\n")}\n\n${total} attempts in all.\n`;
}
