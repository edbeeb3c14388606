/** A scan computed on the server, from the upload to the results; nothing of it stays there. */
import type { ServedResults } from "../compute/protocol.js";
import { jobSchema, type ServedJob } from "./answers.js";
import { followJob, type JobNews } from "./follow-job.js";
import { type PageServer, ServerRefused } from "./page-server.js";
import { type ScanToSend, sendScan } from "./send-scan.js";

export interface ServerJobHooks {
  readonly signal: AbortSignal;
  /** Bytes sent of all. */
  readonly sent: (done: number, total: number) => void;
  readonly news: (news: JobNews) => void;
}

/** The job was deleted by somebody else. */
export class JobGone extends Error {
  override readonly name = "JobGone";
}

/**
 * @throws the signal's reason when it is aborted; TokenWanted, ServerRefused or ServerLost, and JobGone
 */
export async function computeOnServer(
  server: PageServer,
  scan: ScanToSend,
  { signal, sent, news }: ServerJobHooks,
): Promise<ServedResults> {
  const { id } = await sendScan(server, scan, { signal, progress: sent });
  try {
    const end = await followJob(server, id, { signal, news });
    if (end === "deleted") throw new JobGone(id);
    const job = await server.json(`jobs/${id}`, jobSchema, signal);
    if (job.state !== "done") throw new ServerRefused(job.failure ?? job.state);
    return await results(server, job, signal);
  } finally {
    // Whatever happened: the server needs it no more. Where it cannot be told, it deletes by itself in its time.
    void server.ask(`jobs/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }
}

async function results(server: PageServer, { id, results: found }: ServedJob, signal: AbortSignal) {
  const bytes = async (name: string): Promise<Uint8Array> =>
    new Uint8Array(await (await server.ask(`jobs/${id}/results/${name}`, { signal })).arrayBuffer());
  const text = async (name: string): Promise<string> => new TextDecoder().decode(await bytes(name));
  const file = (name: string): string => found.find((one) => one.name === name)?.file ?? name;
  const [mask, confidence, verdict, figures] = await Promise.all([
    bytes("mask"),
    bytes("confidence"),
    text("verdict"),
    text("figures"),
  ]);
  const isDicom = found.some(({ name }) => name === "segmentation");
  return {
    mask: { name: file("mask"), bytes: mask },
    confidence: { name: file("confidence"), bytes: confidence },
    verdict,
    figures,
    ...(isDicom && { segmentation: await bytes("segmentation") }),
  };
}
