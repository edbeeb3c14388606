/** What the people and programs ask who keep the server running. */
import { createRoute, z } from "@hono/zod-openapi";
import type { ServerParts } from "./environment.js";
import type { Application } from "./job-routes.js";
import { serverViewSchema } from "./schemas.js";

const statusSchema = z.object({ status: z.enum(["ok", "unavailable"]) });
const statusAnswer = (description: string) => ({
  description,
  content: { "application/json": { schema: statusSchema } },
});

export function addOperationRoutes(app: Application, parts: ServerParts): void {
  const { queue, stopping, metrics, limits, version, tokens, archive } = parts;

  app.openapi(healthRoute, (context) => context.json({ status: "ok" as const }, 200));

  app.openapi(readyRoute, async (context) => {
    const ready = !stopping.aborted && (await queue.ready().catch(() => false));
    return ready
      ? context.json({ status: "ok" as const }, 200)
      : context.json({ status: "unavailable" as const }, 503);
  });

  app.openapi(metricsRoute, async (context) =>
    context.text(await metrics.text(), 200, { "Content-Type": metrics.contentType }),
  );

  app.openapi(serverRoute, (context) => {
    const { maxUploadBytes, maxQueue, maxSeconds, keepSeconds } = limits;
    return context.json(
      {
        software: "sureseg" as const,
        version,
        authentication: tokens === undefined ? ("none" as const) : ("bearer" as const),
        dicomweb: archive !== undefined,
        limits: { maxUploadBytes, maxQueue, maxSeconds, keepSeconds },
      },
      200,
    );
  });
}

const healthRoute = createRoute({
  method: "get",
  path: "/health",
  operationId: "health",
  summary: "Is the process alive?",
  security: [],
  responses: { 200: statusAnswer("It is.") },
});

const readyRoute = createRoute({
  method: "get",
  path: "/ready",
  operationId: "ready",
  summary: "Can jobs be taken?",
  security: [],
  responses: {
    200: statusAnswer("They can."),
    503: statusAnswer("The server is stopping, or its queue is away."),
  },
});

const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  operationId: "metrics",
  summary: "Figures for Prometheus",
  responses: { 200: { description: "Text.", content: { "text/plain": { schema: z.string() } } } },
});

const serverRoute = createRoute({
  method: "get",
  path: "/api/server",
  operationId: "askServer",
  summary: "Ask what the server is",
  description: "For pages: whether there is a server, whether it asks for a token, and what it takes.",
  security: [],
  responses: {
    200: { description: "What it is.", content: { "application/json": { schema: serverViewSchema } } },
  },
});
