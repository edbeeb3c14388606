/** What befalls Redis, an entry each. `begin` is called, then `end` when it has lasted long enough. */
import { Random } from "../../dist/base/index.js";
import { sleep } from "../survival/processes.mjs";

export const disturbances = {
  frozen: {
    what: "keeps its connections and answers nothing (SIGSTOP, then SIGCONT)",
    begin: (redis) => redis.signal("SIGSTOP"),
    end: (redis) => redis.signal("SIGCONT"),
  },
  stopped: {
    what: "is shut down with its data kept (SIGTERM), and started again",
    begin: (redis) => redis.end("SIGTERM"),
    end: (redis) => redis.start(),
  },
  killed: {
    what: "is killed (SIGKILL) and started again: what it took in its last second may be gone",
    begin: (redis) => redis.end("SIGKILL"),
    end: (redis) => redis.start(),
  },
  emptied: {
    what: "is shut down and started again with nothing of what it held",
    async begin(redis) {
      await redis.end("SIGTERM");
      redis.forget();
    },
    end: (redis) => redis.start(),
  },
};

/** When (share of the run), and for how long of ten minutes (seconds). */
const COURSE = [
  { at: 0.08, kind: "frozen", lasts: 8 },
  { at: 0.2, kind: "stopped", lasts: 15 },
  { at: 0.35, kind: "frozen", lasts: 20 },
  { at: 0.5, kind: "killed", lasts: 5 },
  { at: 0.65, kind: "emptied", lasts: 5 },
  { at: 0.8, kind: "stopped", lasts: 25 },
];

/** @returns `{ at, kind, lasts }`, in seconds, moved a little by the seed; in a short run all of it is shorter */
export function courseOf(seconds, seed) {
  const random = Random.stream(seed, "disturbances");
  return COURSE.map(({ at, kind, lasts }) => ({
    kind,
    at: (at + random.between(-0.02, 0.02)) * seconds,
    lasts: Math.max(0.2, lasts * Math.min(1, seconds / 600)),
  }));
}

/** Disturbs Redis in the course of a run. @returns when it was away: `{ kind, from, to }`, in milliseconds since 1970 */
export async function disturb(redis, course) {
  const started = Date.now();
  const spans = [];
  for (const { at, kind, lasts } of course) {
    await sleep(Math.max(0, started + at * 1000 - Date.now()));
    const from = Date.now();
    await disturbances[kind].begin(redis);
    await sleep(lasts * 1000);
    await disturbances[kind].end(redis);
    spans.push({ kind, from, to: Date.now() });
  }
  return spans;
}
