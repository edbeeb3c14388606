/** The run as a page. */
import { basename } from "node:path";
import { disturbances } from "./disturbances.mjs";
import { oddClients } from "./odd-client-kinds.mjs";

const intro = `# A server under load

\`sureseg serve\`, one \`sureseg worker\` with one thread, and a Redis between them that is disturbed, under more than they can do. What
they can do is measured first: jobs a minute while several clients each send their next scan when the last one is done. Then autocannon,
in a process of its own, posts four times as many; a refused scan is not sent again. A second process has clients
that are slow, cut off or gone, on top of that; a third asks for \`/health\`, twenty times a second, and waits for no answer before it asks again.

Every job that was accepted is followed to its end, by its events or by asking. Its mask (grid and voxels) and verdict are compared by
hash with what \`sureseg predict\` says of that scan, and it is deleted. No two scans have the same result. What clients leave behind is
compared when all is over. Memory is resident memory, read every second; it is flat where a straight line through the last five
minutes (least squares) rises by less than 5 % or 16 MiB, whichever is more.
`;

/** @param run `{ figures, promises, series, scans, settings }` */
export function pageOf({ figures, promises, series, scans, settings }, picture) {
  const {
    capacity,
    minutes,
    sentPerMinute,
    answers,
    health,
    memory,
    odd,
    compared,
    againBegun,
    mistakes,
    processor,
    machineLoad,
    answerMilliseconds,
    warnings,
  } = figures;
  const number = (value) => value.toFixed(1);
  const spread = ({ median, p99, largest }) => [median, p99, largest].map(number).join(", ");
  return `${intro}
| promise | found | kept |
|---|---|---|
${promises.map(({ promise, found, kept }) => `| ${promise} | ${found} | ${kept ? "yes" : "**no**"} |`).join("\n")}

![Answers, health and memory over the run](${basename(picture)})

| figure | value |
|---|---|
| jobs a minute, one at a time | ${number(capacity.oneAtATime)} |
| jobs a minute, somebody always waiting: the capacity | ${number(capacity.fullQueue)} |
| scans sent a minute, odd clients left out | ${number(sentPerMinute)} |
| length of the load | ${number(minutes)} min |
| answers to scans sent | ${counts(answers)} |
| time to answer a scan that was sent whole: median, 99th percentile, largest | ${spread(answerMilliseconds)} ms |
| jobs followed or looked at to their end, and compared | ${compared} |
| of them begun more than once | ${againBegun} |
| not as expected | ${counts(mistakes)} |
| \`/health\`: median, 99th percentile, largest | ${spread(health)} ms of ${health.asked} |
${memory.map(({ name, mean, largest, growth, seconds }) => `| memory of the ${name} over the last ${Math.round(seconds)} s: mean, largest, rise | ${[mean, largest, growth].map(number).join(", ")} MiB |`).join("\n")}
| cores that ${Object.keys(processor).join(" and ")} kept busy | ${Object.values(processor)
    .map((cores) => cores.toFixed(2))
    .join(" and ")} |
| warnings in the logs of server and worker | ${counts(warnings)} |
| mean load average of the machine, everything on it counted | ${number(machineLoad)} |

## Odd clients

| client | what it does | came | answers |
|---|---|---:|---|
${odd.map(({ kind, came, answers: met }) => `| ${kind} | ${oddClients[kind].what} | ${came} | ${counts(met)} |`).join("\n")}

## What befell Redis

${Object.entries(disturbances)
  .map(([kind, { what }]) => `- **${kind}**: ${what}`)
  .join("\n")}

| what | from | to |
|---|---:|---:|
${series.away.map(({ kind, from, to }) => `| ${kind} | ${number(from)} s | ${number(to)} s |`).join("\n")}

## The scans

${scansOf(scans)}

Made by \`npm run build && node bench/server-load/main.mjs --minutes ${settings.minutes} --seed ${settings.seed}\`, commit ${settings.commit}, Node ${process.versions.node}, ${settings.machine}.${settings.remark === undefined ? "" : ` ${settings.remark}`}
`;
}

const counts = (of) => {
  const entries = Object.entries(of);
  return entries.length === 0 ? "none" : entries.map(([what, count]) => `${what}: ${count}`).join(", ");
};

function scansOf(scans) {
  const kinds = [...new Set(scans.map(({ what }) => what))];
  return kinds.map((kind) => `- ${scans.filter(({ what }) => what === kind).length} x ${kind}`).join("\n");
}
