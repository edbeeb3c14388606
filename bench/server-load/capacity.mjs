/** How many jobs a minute are done when somebody always waits: what the load is a multiple of. */
import { Random } from "../../dist/base/index.js";
import { followToEnd } from "./follow.mjs";
import { formOf } from "./form.mjs";
import { drawing } from "./scans.mjs";

/** Clients that each send a scan as soon as their last one is done: more than are worked at once, less than the queue holds. */
const CLIENTS = 8;

/** Jobs that a figure is made of at least, however slow the machine is. */
const LEAST = 5;

/** @returns jobs a minute: `oneAtATime` by a single client, `fullQueue` by several */
export async function measureCapacity(address, scans, { seconds, seed, patience }) {
  const deadline = Date.now() + (2 * seconds + patience) * 1000;
  const work = async (scan) => {
    const response = await fetch(`${address}/api/jobs`, { method: "POST", ...formOf(scan) });
    if (response.status !== 202) throw new Error(`capacity: a scan was refused with ${response.status}`);
    const { id } = await response.json();
    const { wrong, ended } = await followToEnd(address, { id, scan }, { how: "events", deadline });
    if (wrong !== undefined) throw new Error(`capacity: ${scan.name}: ${wrong}`);
    return ended;
  };
  // Each once, so that networks are open and code is compiled.
  for (const scan of scans) await work(scan);
  const draw = drawing(scans, Random.stream(seed, "capacity"));
  const rateOf = async (clients, span) => {
    const until = Date.now() + span * 1000;
    const ends = [];
    const client = async () => {
      while (Date.now() < until || ends.length < LEAST) ends.push(await work(draw()));
    };
    await Promise.all(Array.from({ length: clients }, client));
    ends.sort((a, b) => a - b);
    // Towards the end nobody waits any more.
    const counted = ends.slice(0, Math.max(LEAST, ends.filter((end) => end <= until).length));
    return ((counted.length - 1) / (counted.at(-1) - counted[0])) * 60_000;
  };
  return { oneAtATime: await rateOf(1, seconds / 3), fullQueue: await rateOf(CLIENTS, seconds) };
}
