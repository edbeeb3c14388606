/** What stands before every route: who may ask, from which page, under which name of the server; and what is logged of it. */
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { pagePolicy } from "../../base/index.js";
import { isLoopback } from "../access/loopback.js";
import type { RequestEnvironment, ServerParts } from "./environment.js";
import { Problem } from "./problem.js";

/**
 * Refuses requests under other names than the server's. A page of a stranger can have its own name resolve to 127.0.0.1
 * (DNS rebinding), and would then be of the same origin as a server that asks for no token.
 *
 * @param allowed names or addresses without port; undefined where any may be
 */
export const hostGuard = (allowed: readonly string[] | undefined) =>
  createMiddleware<RequestEnvironment>(async (context, next) => {
    const host = context.env.incoming.headers.host?.replace(/:\d+$/, "").toLowerCase() ?? "";
    if (allowed !== undefined && !isLoopback(host) && !allowed.includes(host)) {
      throw new Problem(421, "The server is not known by this name. Allow it with --allow-host.");
    }
    await next();
  });

const PREFLIGHT_HEADERS = {
  "Access-Control-Allow-Methods": "GET, POST, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
  "Access-Control-Max-Age": "600",
};

/**
 * Refuses what other pages ask for, reading included: a form needs nobody's leave to send a file across origins.
 *
 * @param allowed origins that may: `https://viewer.example`
 */
export const originGuard = (allowed: readonly string[]) =>
  createMiddleware<RequestEnvironment>(async (context, next) => {
    const { origin, host, "sec-fetch-site": site } = context.env.incoming.headers;
    const known = origin !== undefined && allowed.includes(origin);
    // A proxy that speaks TLS changes the scheme, never the host.
    const own = origin !== undefined && hostOf(origin) === host?.toLowerCase();
    const foreign = origin === undefined ? site === "cross-site" || site === "same-site" : !known && !own;
    if (foreign) throw new Problem(403, "Pages of other origins may not ask. Allow one with --allow-origin.");
    if (!known) return next();
    const isPreflight = context.req.method === "OPTIONS";
    if (isPreflight) context.res = context.body(null, 204, PREFLIGHT_HEADERS);
    else await next();
    // Afterwards, for refusals must be read too.
    const { headers } = context.res;
    headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Expose-Headers", "Location, Retry-After, Content-Disposition");
    headers.set("Vary", "Origin");
    // Isolated pages may use only what says that it is for them.
    headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  });

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/** Asks for a bearer token, where the server does. */
export const tokenGuard = ({ tokens, log }: ServerParts) =>
  createMiddleware<RequestEnvironment>(async (context, next) => {
    if (tokens !== undefined) {
      const [, presented] =
        /^Bearer +([\w.~+/-]+=*) *$/i.exec(context.req.header("Authorization") ?? "") ?? [];
      const client = presented && (await tokens.clientOf(presented).catch(() => closed(log)));
      if (client === undefined || client === "") {
        throw new Problem(401, "Give a token that the server knows: Authorization: Bearer TOKEN.", {
          "WWW-Authenticate": 'Bearer realm="sureseg"',
        });
      }
      context.set("client", client);
    }
    await next();
  });

function closed(log: ServerParts["log"]): undefined {
  log.error("the file of tokens cannot be read: nobody is let in");
  return undefined;
}

/** No other page may frame one that scans are given to; static files may be framed by whoever hosts them. */
const FRAMED_POLICY = `${pagePolicy}; frame-ancestors 'none'`;

const NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'";
const DESCRIPTION_POLICY = `${NOTHING_POLICY}; style-src 'unsafe-inline'`;

/** Headers by which browsers keep to themselves what is of this server. */
export const securityHeaders = createMiddleware<RequestEnvironment>(async (context, next) => {
  await next();
  const { path } = context.req;
  const isApi = path.startsWith("/api/") || ["/health", "/ready", "/metrics", "/openapi.json"].includes(path);
  const policy = isApi ? NOTHING_POLICY : path === "/docs" ? DESCRIPTION_POLICY : FRAMED_POLICY;
  const { headers } = context.res;
  headers.set("Content-Security-Policy", policy);
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  if (!headers.has("Cross-Origin-Resource-Policy"))
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (isApi) headers.set("Cache-Control", "no-store");
});

/** One line a request: the route and never the address, which a client chooses. */
export const requestLog = ({ log, metrics }: ServerParts) =>
  createMiddleware<RequestEnvironment>(async (context, next) => {
    const started = performance.now();
    await next();
    const seconds = (performance.now() - started) / 1000;
    const { status } = context.res;
    // Middleware and the page are of all methods.
    const matched = matchedRoutes(context).findLast(({ method }) => method !== "ALL");
    const route = matched?.path ?? (status === 404 ? "unknown" : "page");
    const method = METHODS.includes(context.req.method) ? context.req.method : "other";
    metrics.request({ method, route, status }, seconds);
    const quiet = status < 400 && ["/health", "/ready", "/metrics", "page"].includes(route);
    log[quiet ? "debug" : "info"](
      { method, route, status, milliseconds: Math.round(seconds * 1000), client: context.get("client") },
      "request",
    );
  });

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
