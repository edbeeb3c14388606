/** How Vite builds and serves the page. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { InlineConfig } from "vite";
import { pagePolicy } from "../../src/base/page-policy.js";
import { bundleFileNames, MANIFEST } from "../../src/bundle/manifest.js";
import { pageHeaders } from "../offline/page-headers.js";
import { offlineWorker } from "./offline-worker.js";
import { type StaticFile, staticFiles } from "./static-files.js";

const root = resolve(import.meta.dirname, "..");

export interface PageOptions {
  /** Folder of the bundle that the page comes with; there may be none. */
  readonly bundle?: string;
  /** Folder of the static files. */
  readonly out?: string;
}

export function pageConfiguration({
  bundle = resolve(root, "../bundle"),
  out = join(root, "dist"),
}: PageOptions = {}): InlineConfig {
  const shipped = filesOfBundle(bundle);
  return {
    root,
    configFile: false,
    base: "./",
    define: { SHIPPED_BUNDLE: JSON.stringify(shipped) },
    // The runtime's files are not woven into scripts: they lie beside the page, and its threads start from them.
    resolve: {
      conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "development|production"],
    },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2022",
      chunkSizeWarningLimit: 4000,
      // What the page is made of asks to be named wherever it is handed on.
      license: { fileName: "licences.md" },
    },
    worker: { format: "es" },
    plugins: [
      staticFiles([...runtimeFiles(), ...shipped.map((name) => bundleFile(bundle, name))]),
      offlineWorker(join(root, "offline/service-worker.ts")),
      {
        name: "content-security-policy",
        transformIndexHtml: {
          order: "post",
          // Vite's development server weaves scripts into the page.
          handler: (_, { server }) =>
            server === undefined
              ? [
                  {
                    tag: "meta",
                    attrs: { "http-equiv": "Content-Security-Policy", content: pagePolicy },
                    injectTo: "head-prepend",
                  },
                ]
              : [],
        },
      },
    ],
    server: { headers: developmentHeaders },
    preview: { headers: { ...pageHeaders } },
  };
}

const { "Content-Security-Policy": _, ...developmentHeaders } = pageHeaders;

/** ONNX Runtime's files for processors, and for graphics cards. */
function runtimeFiles(): StaticFile[] {
  const folder = resolve(root, "../node_modules/onnxruntime-web/dist");
  const builds = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.asyncify"];
  return builds
    .flatMap((name) => [`${name}.mjs`, `${name}.wasm`])
    .map((name) => ({ name: `onnxruntime/${name}`, read: () => readFileSync(join(folder, name)) }));
}

/** Names of the bundle's files; none where there is no bundle. */
function filesOfBundle(folder: string): string[] {
  const manifest = join(folder, MANIFEST);
  if (!existsSync(manifest)) return [];
  const known = [MANIFEST, ...bundleFileNames({ [MANIFEST]: readFileSync(manifest) })];
  return known.filter((name) => existsSync(join(folder, name)));
}

const bundleFile = (folder: string, name: string): StaticFile => ({
  name: `bundle/${name}`,
  read: () => readFileSync(join(folder, name)),
});
