/** A scan on its way to the server. `fetch` does not tell how much of a body is sent; `XMLHttpRequest` does. */
import { parseJson } from "../../src/base/index.js";
import { jobSchema, type ServedJob } from "./answers.js";
import { type PageServer, refusal, ServerLost } from "./page-server.js";

export interface ScanToSend {
  readonly file: File;
  /** Of the bundle, on the server. */
  readonly bundle: string;
  /** What the form says besides: `modality`, `series`. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface SendingHooks {
  readonly signal: AbortSignal;
  /** Bytes sent of all. */
  readonly progress: (done: number, total: number) => void;
}

/** @returns the job that the server made of it */
export function sendScan(
  server: PageServer,
  { file, bundle, fields }: ScanToSend,
  { signal, progress }: SendingHooks,
): Promise<ServedJob> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ bundle, ...fields })) form.append(name, value);
  form.append("image", file, file.name);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    request.onerror = () => reject(new ServerLost("the upload broke"));
    request.onabort = () => reject(signal.reason);
    request.onload = () => {
      const { status, responseText } = request;
      if (status !== 202) return reject(refusal(status, responseText));
      try {
        resolve(parseJson(responseText, jobSchema, "answer of the server"));
      } catch (error) {
        reject(error);
      }
    };
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.open("POST", server.address("jobs"));
    for (const [name, value] of Object.entries(server.headers())) request.setRequestHeader(name, value);
    request.send(form);
  });
}
