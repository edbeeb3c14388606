/** What an attack on a server is, and how its figures are kept. */
import { connect } from "node:net";
import type { Random } from "../../src/base/index.js";
import type { RunningServer } from "../end-to-end/running-server.js";

/** How one attempt ended, in a word or two: a status, `closed`, or how the job ended. Throws where it got through. */
export type Ending = string;

export interface Target {
  readonly server: RunningServer;
  /** A phantom that the bundle takes, as gzipped NIfTI. */
  readonly image: Uint8Array;
  /** A zipped DICOM series. */
  readonly series: Uint8Array;
  /** A token, where the server asks for one, and that of another client. */
  readonly token?: string;
  readonly otherToken?: string;
}

export interface Attack {
  /** Where it comes in. */
  readonly door: "form" | "json" | "archive" | "image" | "address" | "header" | "socket" | "token";
  readonly name: string;
  /** One attempt; `random` makes each another. */
  readonly attempt: (target: Target, random: Random) => Promise<Ending>;
  /** Each attempt takes seconds: a twentieth of the others' number is made. */
  readonly slow?: true;
}

/** What an answer must be for an attempt to have failed: a refusal of the client's own doing. */
export function refused(status: number): Ending {
  if (status >= 400 && status < 500) return String(status);
  throw new Error(`answered with ${status}`);
}

/** The end of a job of hostile bytes: done, or failed with a sentence that is no defect of ours. */
export async function jobEnding({ server }: Target, response: Response): Promise<Ending> {
  if (response.status !== 202) return refused(response.status);
  const { id } = (await response.json()) as { id: string };
  const { state, failure } = await server.over(id);
  await server.ask(`/api/jobs/${id}`, { method: "DELETE" });
  if (failure !== undefined && !/: found .*, expected /.test(failure)) throw new Error(failure);
  // Names of files in an archive are the client's own.
  const ours = failure?.replace(/image-\d+\.zip: [^:]*/g, "") ?? "";
  if (/\/(tmp|work|home|jobs)/.test(ours)) throw new Error(`names a path: ${failure}`);
  return `job ${state}`;
}

/** Sends bytes as they are and gives what comes back until the other side closes, or the time is over. */
export function sendRaw(
  { server }: Target,
  pieces: readonly (string | Uint8Array)[],
  { every = 0, within = 15_000 }: { readonly every?: number; readonly within?: number } = {},
): Promise<string> {
  return new Promise((done) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    const end = (): void => {
      clearTimeout(limit);
      socket.destroy();
      done(text);
    };
    const limit = setTimeout(() => {
      text = `still open: ${text}`;
      end();
    }, within);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", end);
    socket.on("close", end);
    void (async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (every > 0) await new Promise((next) => setTimeout(next, every));
      }
    })();
  });
}

/** The status of a raw answer; `closed` where there was none. */
export function rawEnding(answer: string): Ending {
  if (answer === "") return "closed";
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
  if (status === undefined) throw new Error(answer.slice(0, 200));
  return refused(Number(status));
}
