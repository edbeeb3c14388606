/** What a client does once its scan is taken: it waits for the end, fetches the results, compares them and has the job deleted. */
import { sleep } from "../survival/processes.mjs";
import { resultHash } from "./scans.mjs";

/** Between two looks at a job, in milliseconds. */
const LOOK_EVERY = 1000;

/**
 * @param taken `{ id, scan }`: a job that was accepted, and the scan that was sent
 * @param how `events`: told of the end by the server; otherwise the client asks again and again
 * @param deadline moment (milliseconds since 1970) after which the job counts as lost
 * @returns `{ id, scan, ended }`, and in `wrong` what is not as it should be
 */
export async function followToEnd(address, { id, scan }, { how, deadline }) {
  const place = `${address}/api/jobs/${id}`;
  const said = { id, scan: scan.name };
  try {
    const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
    if (how === "events") await endOfEvents(place, signal);
    const job = await overJob(place, signal);
    const wrong = await mistakeIn(address, job, scan);
    if (wrong === undefined) {
      const gone = await fetch(place, { method: "DELETE" });
      if (gone.status !== 204) return { ...said, ended: Date.now(), wrong: `DELETE answered ${gone.status}` };
    }
    return { ...said, ended: Date.now(), attempts: job.attempts, wrong };
  } catch (error) {
    return { ...said, ended: Date.now(), wrong: `lost: ${error.cause?.code ?? error.message}` };
  }
}

/** @returns what is wrong with a job that is over, or undefined where its results are those of its scan */
export async function mistakeIn(address, { id, state, failure }, scan) {
  if (state !== "done") return `lost: ${state}: ${failure}`;
  const fetched = async (name) => {
    const response = await fetch(`${address}/api/jobs/${id}/results/${name}`);
    if (response.status !== 200) throw new Error(`${name} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const result = resultHash(await fetched("mask"), await fetched("verdict"));
  return result === scan.expected.result ? undefined : "mixed up: the result is not that of the scan";
}

/** The job, once nothing more will happen to it. */
export async function overJob(place, signal) {
  for (;;) {
    const response = await fetch(place, { signal });
    if (response.status !== 200) throw new Error(`the job answered ${response.status}`);
    const job = await response.json();
    if (job.state === "done" || job.state === "failed") return job;
    await sleep(LOOK_EVERY);
    signal.throwIfAborted();
  }
}

/** Reads the stream of events until it says that the job has ended. */
async function endOfEvents(place, signal) {
  const response = await fetch(`${place}/events`, { signal });
  if (response.status !== 200) throw new Error(`events answered ${response.status}`);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("event: end")) return;
  }
}
