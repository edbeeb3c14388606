/** The events of a job on the server (server-sent events), until it is over. `EventSource` cannot present a token. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import { parseJson } from "../../src/base/index.js";
import { type PageServer, ServerLost } from "./page-server.js";

const stateSchema = z.object({ state: z.string() });
const progressSchema = z.object({ stage: z.string(), done: z.number(), total: z.number() });

/** What is told of a job on its way. */
export type JobNews =
  | { readonly kind: "waiting" | "running" }
  | { readonly kind: "progress"; readonly stage: string; readonly done: number; readonly total: number };

/** Lost connections in a row after which the server is given up, and milliseconds between two. */
const MOST_LOST = 10;
const PAUSE = 1000;

/** @returns how it ended: done, failed or deleted */
export async function followJob(
  server: PageServer,
  id: string,
  { signal, news }: { readonly signal: AbortSignal; readonly news: (news: JobNews) => void },
): Promise<string> {
  let heard = "";
  for (let lost = 0; lost < MOST_LOST; lost++) {
    try {
      const headers = heard === "" ? undefined : { "Last-Event-ID": heard };
      const { body } = await server.ask(`jobs/${id}/events`, { signal, headers });
      const events = body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { id: number, event, data } of events) {
        [heard, lost] = [number ?? heard, 0];
        if (event === "end") return parseJson(data, stateSchema, "event").state;
        if (event === "state") {
          news({ kind: parseJson(data, stateSchema, "event").state === "running" ? "running" : "waiting" });
        }
        if (event === "progress") news({ kind: "progress", ...parseJson(data, progressSchema, "event") });
      }
    } catch (error) {
      signal.throwIfAborted();
      // A stream that breaks says so by a TypeError.
      if (!(error instanceof ServerLost || error instanceof TypeError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    signal.throwIfAborted();
  }
  throw new ServerLost("events");
}
