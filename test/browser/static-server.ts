/** A server of static files on loopback. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export interface Served {
  readonly folder: string;
  /** Further files, by their path without the leading slash. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Path of the folder on the server, with a slash at both ends; default "/". */
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StaticServer {
  readonly origin: string;
  close(): Promise<void>;
}

export async function serve({ folder, files, at = "/", headers = {} }: Served): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const asked = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    const path = asked.endsWith("/") ? `${asked}index.html` : asked;
    try {
      if (files?.has(path.slice(1)) !== true && !path.startsWith(at)) throw new Error("elsewhere");
      const bytes =
        files?.get(path.slice(1)) ?? (await readFile(join(folder, normalize(path.slice(at.length - 1)))));
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        ...headers,
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        // A browser keeps its connections.
        server.closeAllConnections();
      }),
  };
}
