/**
 * Clients that are slow, cut off, or gone, in a process of their own.
 *
 * Told by its parent: `{ address, scans, seconds, seed, slowness, patience, idleSeconds }`; tells it `{ turns }`: of every client that
 * came, what it met.
 */
import { Random } from "../../dist/base/index.js";
import { sleep } from "../survival/processes.mjs";
import { oddClients } from "./odd-client-kinds.mjs";
import { drawing } from "./scans.mjs";
import { answerParent, told } from "./talk.mjs";

const settings = await told();
const { scans, seconds, seed, patience } = settings;
const started = Date.now();
const until = started + seconds * 1000;
const turns = [];

/** One after the other of a kind comes, with pauses between them. */
async function comeAndGo(kind, number) {
  const { visit, pause } = oddClients[kind];
  const random = Random.stream(seed, "odd", kind, number);
  const place = {
    ...settings,
    random,
    until,
    deadline: until + patience * 1000,
    draw: drawing(scans, random),
    vanishingScan: scans[0],
    smallScan: scans[1],
  };
  const some = () => random.between(0.5, 1.5) * Math.min(pause, seconds / 10) * 1000;
  for (await sleep(some()); Date.now() < until; await sleep(some())) {
    const at = Date.now();
    const met = await visit(place).catch((error) => ({ answer: error.code ?? error.message }));
    turns.push({ kind, at, ...met });
  }
}

const all = Object.entries(oddClients).flatMap(([kind, { atOnce }]) =>
  Array.from({ length: atOnce }, (_, number) => comeAndGo(kind, number)),
);
await Promise.all(all);
answerParent({ turns });
