/** Headless Chromium on a folder of built pages, served on loopback. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium, type Page } from "playwright-core";

/** Where Chromium is: what `CHROMIUM` says, else Debian's; undefined where there is none. */
export const chromiumPath = [process.env.CHROMIUM, "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

export interface Chromium {
  readonly page: Page;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Opens `folder/index.html`; `files` are served below `/files/`. Errors of the page are thrown when it is closed. */
export async function openChromium(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Chromium> {
  const server = createServer(async (request, response) => {
    const asked = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    const path = asked === "/" ? "/index.html" : asked;
    const file = path.startsWith("/files/") ? files.get(path.slice("/files/".length)) : undefined;
    try {
      const bytes = file ?? (await readFile(join(folder, normalize(path))));
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        // What threads of WebAssembly ask for.
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    async close() {
      await browser.close();
      await new Promise((closed) => server.close(closed));
      if (errors.length > 0) throw new AggregateError(errors, "the page failed");
    },
  };
}
