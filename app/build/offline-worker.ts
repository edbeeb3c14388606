/** Builds the service worker, which must know every file of the page. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin, type ResolvedConfig } from "vite";

/** @param entry the worker's source */
export function offlineWorker(entry: string): Plugin {
  let config: ResolvedConfig;
  return {
    name: "offline-worker",
    apply: "build",
    configResolved(resolved) {
      config = resolved;
    },
    // When everything else lies on disk, what Vite copies itself too.
    closeBundle: {
      sequential: true,
      order: "post",
      async handler() {
        const folder = config.build.outDir;
        const files = readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((file) => file.isFile())
          .map((file) => join(file.parentPath, file.name).slice(folder.length + 1))
          .sort();
        const hash = createHash("sha256");
        for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
        await build({
          configFile: false,
          logLevel: "error",
          define: {
            PAGE_FILES: JSON.stringify(files),
            PAGE_VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
          },
          build: {
            outDir: folder,
            emptyOutDir: false,
            target: "es2022",
            copyPublicDir: false,
            lib: { entry, formats: ["es"], fileName: () => "service-worker.js" },
          },
        });
      },
    },
  };
}
