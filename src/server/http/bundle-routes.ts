/** The bundles on offer, and their files for pages that compute themselves. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createRoute, z } from "@hono/zod-openapi";
import type { ServedBundle } from "../jobs/served-bundles.js";
import type { ServerParts } from "./environment.js";
import type { Application } from "./job-routes.js";
import { Problem, problemResponse } from "./problem.js";
import { bundleView, bundleViewSchema } from "./schemas.js";

export function addBundleRoutes(app: Application, { bundles }: ServerParts): void {
  const bundleOf = (name: string): ServedBundle => {
    const bundle = bundles.get(name);
    if (bundle === undefined) throw new Problem(404, "There is no such bundle.");
    return bundle;
  };

  app.openapi(listRoute, (context) => context.json({ bundles: [...bundles.values()].map(bundleView) }, 200));

  app.openapi(bundleRoute, (context) => context.json(bundleView(bundleOf(context.req.param("name"))), 200));

  app.openapi(fileRoute, async (context) => {
    const { folder, files } = bundleOf(context.req.param("name"));
    const file = context.req.param("file");
    if (!files.includes(file)) throw new Problem(404, "A bundle has no such file.");
    const opened = await open(join(folder, file)).catch(() => {
      throw new Problem(404, "The bundle has no such file.");
    });
    const { size } = await opened.stat();
    return new Response(Readable.toWeb(opened.createReadStream()) as ReadableStream, {
      headers: { "Content-Type": mediaType(file), "Content-Length": String(size) },
    });
  });
}

function mediaType(file: string): string {
  if (file.endsWith(".json")) return "application/json";
  return file.endsWith(".md") ? "text/markdown; charset=utf-8" : "application/octet-stream";
}

const nameParameter = z.object({
  name: z.string().openapi({ param: { name: "name", in: "path" } }),
});
const noSuchBundle = problemResponse("There is no such bundle.");

const listRoute = createRoute({
  method: "get",
  path: "/api/bundles",
  operationId: "listBundles",
  summary: "List the bundles",
  responses: {
    200: {
      description: "All of them.",
      content: { "application/json": { schema: z.object({ bundles: z.array(bundleViewSchema) }) } },
    },
  },
});

const bundleRoute = createRoute({
  method: "get",
  path: "/api/bundles/{name}",
  operationId: "askBundle",
  summary: "Ask about a bundle",
  request: { params: nameParameter },
  responses: {
    200: { description: "What it is.", content: { "application/json": { schema: bundleViewSchema } } },
    404: noSuchBundle,
  },
});

const fileRoute = createRoute({
  method: "get",
  path: "/api/bundles/{name}/files/{file}",
  operationId: "fetchBundleFile",
  summary: "Fetch a file of a bundle",
  description: "All files together are the bundle: whoever has them computes without the server.",
  request: {
    params: nameParameter.extend({ file: z.string().openapi({ param: { name: "file", in: "path" } }) }),
  },
  responses: {
    200: {
      description: "The file.",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    404: noSuchBundle,
  },
});
