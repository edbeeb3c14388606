/** The events of a job as they happen (server-sent events, WHATWG HTML 9.2). */
import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import type { NumberedEvent } from "../jobs/job-events.js";
import type { ServerParts } from "./environment.js";
import { type Application, jobOf, jobParameter, noSuchJob } from "./job-routes.js";

/** Between signs of life, which keep proxies from cutting a quiet stream. Milliseconds. */
const HEARTBEAT = 15_000;

export function addEventRoutes(app: Application, parts: ServerParts): void {
  const { store, events, stopping } = parts;
  app.openapi(eventsRoute, async (context) => {
    const job = await jobOf(context, parts);
    const { id } = job;
    events.catchUp(job);
    const heard = Number(context.req.header("Last-Event-ID") ?? 0);
    return streamSSE(context, async (stream) => {
      const waiting = [...events.after(id, Number.isSafeInteger(heard) && heard > 0 ? heard : 0)];
      let wake = (): void => {};
      const unfollow = events.follow(id, (event) => {
        // Nobody needs every step of what a slow reader has not taken yet.
        if (isProgress(waiting.at(-1)) && isProgress(event)) waiting.pop();
        waiting.push(event);
        wake();
      });
      let open = true;
      const close = (): void => {
        open = false;
        wake();
      };
      stopping.addEventListener("abort", close);
      stream.onAbort(close);
      try {
        while (open && !stopping.aborted) {
          const next = waiting.shift();
          if (next !== undefined) {
            const { kind, ...data } = next.event;
            await stream.writeSSE({ id: String(next.number), event: kind, data: JSON.stringify(data) });
            if (kind === "end") return;
            continue;
          }
          const quiet = await new Promise<boolean>((resolve) => {
            const timer = setTimeout(() => resolve(true), HEARTBEAT);
            wake = () => {
              clearTimeout(timer);
              resolve(false);
            };
          });
          if (!quiet) continue;
          await stream.write(": still here\n\n");
          // Whoever works the job may have ended without a word.
          const now = await store.read(id);
          if (now === undefined) events.forget(id);
          else events.catchUp(now);
        }
      } finally {
        unfollow();
        stopping.removeEventListener("abort", close);
      }
    });
  });
}

const isProgress = (event: NumberedEvent | undefined): boolean => event?.event.kind === "progress";

const eventsRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}/events",
  operationId: "followJob",
  summary: "Follow a job",
  description: [
    "`state` with {state}: waiting, then running.",
    "`progress` with {stage, done, total, unit}: reading, predicting (windows), writing.",
    "`end` with {state}: done, failed or deleted; the stream ends with it.",
    "A client that lost the connection gives the id of the last event it heard as Last-Event-ID.",
  ].join("\n\n"),
  request: {
    params: jobParameter,
    headers: z.object({ "last-event-id": z.string().optional() }),
  },
  responses: {
    200: { description: "The events.", content: { "text/event-stream": { schema: z.string() } } },
    404: noSuchJob,
  },
});
