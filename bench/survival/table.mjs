/** The trials as a page. */
import { disturbances } from "./disturbances.mjs";
import { victims } from "./victims.mjs";

const intro = `# What is survived

The real commands, disturbed at random moments, then gone on with or run again. What each leaves (weights, prepared cases, plans,
bundles, logs of training, results of studies, masks, confidence, verdicts) is compared by hash with what an undisturbed run leaves.
A difference, a file under a temporary name, a claim that nobody holds, a unit that is missing or there twice, or an end without a
message counts as wrong.
`;

export function survivalTable(trials) {
  const rows = Object.keys(disturbances).flatMap((kind) =>
    Object.keys(victims).flatMap((victim) => {
      const own = trials.filter((trial) => trial.victim === victim && trial.kind === kind);
      if (own.length === 0) return [];
      const disturbed = own.reduce((sum, trial) => sum + trial.disturbed, 0);
      const wrong = own.filter((trial) => trial.wrong.length > 0).length;
      return [`| \`${victim}\` | ${kind} | ${disturbed} | ${own.length} | ${wrong} |`];
    }),
  );
  const list = (registry) =>
    Object.entries(registry)
      .map(([name, { what }]) => `- **${name}**: ${what}`)
      .join("\n");
  const commits = [...new Set(trials.map(({ commit }) => commit))].join(", ");
  const seeds = [...new Set(trials.map(({ seed }) => seed))].join(", ");
  return `${intro}
${list(victims)}

${list(disturbances)}

| command | what went wrong | how often | works | ended wrongly |
|---|---|---:|---:|---:|
${rows.join("\n")}

Made by \`npm run build && node bench/survival/main.mjs --out docs/results/survival.md\`, seed ${seeds}, commit ${commits}.
`;
}
