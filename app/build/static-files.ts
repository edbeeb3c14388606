import { extname } from "node:path";
import type { Plugin } from "vite";

/** A file that lies beside the page as it is. */
export interface StaticFile {
  /** Path below the page. */
  readonly name: string;
  read(): Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** Copies files when the page is built, and serves them while it is developed. */
export const staticFiles = (files: readonly StaticFile[]): Plugin => ({
  name: "static-files",
  generateBundle() {
    for (const { name, read } of files) this.emitFile({ type: "asset", fileName: name, source: read() });
  },
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
      const file = files.find(({ name }) => name === path);
      if (file === undefined) return next();
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      response.end(file.read());
    });
  },
});
