/** What is there when all is over: jobs that nobody fetched, and what ought not to be there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../survival/processes.mjs";
import { mistakeIn } from "./follow.mjs";

/** What is left of a job that is over. */
const OF_A_JOB = ["job.json", "results"];

/**
 * Waits until every job is over, and compares the results of those that clients left.
 *
 * @param jobs folder of jobs
 * @param left by id, the names of the scans of clients that heard that they were taken and came no more
 * @returns `compared`, and in `mistakes` what is not as it should be
 */
export async function audit({ address, jobs }, scans, { left, patience }) {
  const deadline = Date.now() + patience * 1000;
  const stateOf = (id) => {
    const path = join(jobs, id, "job.json");
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  };
  const isOver = (id) => ["done", "failed"].includes(stateOf(id)?.state);
  const extra = (id) => readdirSync(join(jobs, id)).filter((name) => !OF_A_JOB.includes(name));
  // The image of a job goes just after it is said to be over, and an upload that came to nothing when its client is known to be gone.
  const isSettled = (id) => isOver(id) && extra(id).length === 0;
  while (Date.now() < deadline && !readdirSync(jobs).every(isSettled)) await sleep(1000);

  const [vanishing] = scans;
  const byName = new Map(scans.map((scan) => [scan.name, scan]));
  const mistakes = [];
  let compared = 0;
  for (const id of new Set([...readdirSync(jobs), ...left.keys()])) {
    const job = stateOf(id);
    if (job === undefined)
      mistakes.push(left.has(id) ? "lost: it is not there" : "left behind: an upload that became no job");
    else if (!isOver(id)) mistakes.push(`lost: still ${job.state}`);
    else {
      // Whoever was gone before the answer sent the scan that is kept for this.
      const wrong = await mistakeIn(address, job, byName.get(left.get(id)) ?? vanishing);
      if (wrong !== undefined) mistakes.push(wrong);
      if (extra(id).length > 0)
        mistakes.push("left behind: an image, or results of work that was not finished");
      compared += 1;
    }
  }
  return { compared, mistakes };
}
