/** The built page, as it is, but for one line by which it knows that it comes from a server. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Application } from "./job-routes.js";
import { Problem } from "./problem.js";

/** Where the page finds the API, seen from itself: a proxy may put both below another path. */
const SERVER_LINE = '<meta name="sureseg-server" content="api/" />';

/** @param folder of the built page */
export function addPage(app: Application, folder: string): void {
  for (const path of ["/", "/index.html"]) {
    app.use(path, async (context, next) => {
      if (!["GET", "HEAD"].includes(context.req.method)) return next();
      const text = await readFile(join(folder, "index.html"), "utf8").catch(() => {
        throw new Problem(404, "The page is not there any more.");
      });
      return context.html(text.replace(/<head>/i, `<head>${SERVER_LINE}`));
    });
  }
  app.use("*", serveStatic({ root: folder }));
}
