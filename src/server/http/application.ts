/** The server's routes and what stands before them, as one application: it knows no socket and listens nowhere. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { NoPlace } from "../access/admission.js";
import { QueueAway } from "../jobs/job-queue.js";
import { addBundleRoutes } from "./bundle-routes.js";
import { descriptionPage } from "./description-page.js";
import type { RequestEnvironment, ServerParts } from "./environment.js";
import { addEventRoutes } from "./event-routes.js";
import { hostGuard, originGuard, requestLog, securityHeaders, tokenGuard } from "./guards.js";
import { type Application, addJobRoutes } from "./job-routes.js";
import { safeDetails } from "./log.js";
import { addOperationRoutes } from "./operation-routes.js";
import { addPage } from "./page-routes.js";
import { Problem } from "./problem.js";

export interface ApplicationOptions {
  /** Folder of the built page; absent where there is none. */
  readonly page?: string;
  /** Origins of other pages that may ask. */
  readonly allowedOrigins: readonly string[];
  /** Names that the server is known by besides those of loopback; undefined where any is. */
  readonly allowedHosts?: readonly string[];
}

const DESCRIPTION = {
  openapi: "3.1.0",
  info: {
    title: "sureseg server",
    description:
      "Segments 3-D medical images and says when not to trust the result.\n\nSend an image, follow its job, fetch mask, confidence and verdict. Errors are problem details (RFC 9457).",
  },
};

export function application(parts: ServerParts, options: ApplicationOptions): Application {
  const app = new OpenAPIHono<RequestEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw new Problem(404, "There is nothing of this name.");
    },
  });
  app.onError((error, context) => answerTo(error, parts, context.req.raw.signal));
  app.notFound(() => new Problem(404, "There is nothing here. The API is described at /docs.").response());

  app.use("*", requestLog(parts), securityHeaders, hostGuard(options.allowedHosts));
  const behindToken = ["/api/bundles/*", "/api/bundles", "/api/jobs/*", "/api/jobs", "/metrics"];
  for (const path of ["/api/*", "/metrics"]) app.use(path, originGuard(options.allowedOrigins));
  for (const path of behindToken) app.use(path, tokenGuard(parts));

  addOperationRoutes(app, parts);
  addBundleRoutes(app, parts);
  addJobRoutes(app, parts);
  addEventRoutes(app, parts);
  addDescription(app, parts);
  if (options.page !== undefined) addPage(app, options.page);
  return app;
}

function addDescription(app: Application, { tokens, version }: ServerParts): void {
  if (tokens !== undefined) {
    app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  }
  let made: ReturnType<Application["getOpenAPI31Document"]> | undefined;
  // Made once: it takes a tenth of a second, in which nobody else is answered.
  const description = () => {
    made ??= app.getOpenAPI31Document({
      ...DESCRIPTION,
      info: { ...DESCRIPTION.info, version },
      ...(tokens !== undefined && { security: [{ token: [] }] }),
    });
    return made;
  };
  app.get("/openapi.json", (context) => context.json(description()));
  app.get("/docs", (context) => context.html(descriptionPage(description() as never)));
}

function answerTo(error: Error, { log }: ServerParts, asked: AbortSignal): Response {
  if (error instanceof Problem) return error.response();
  if (error instanceof NoPlace) {
    return new Problem(429, error.message, { "Retry-After": String(error.retryAfter) }).response();
  }
  if (error instanceof QueueAway) {
    return new Problem(503, error.message, { "Retry-After": "10" }).response();
  }
  if (!asked.aborted) log.error(safeDetails(error), "a request failed");
  return new Problem(500, "The server failed at this request. Its log says more.").response();
}
