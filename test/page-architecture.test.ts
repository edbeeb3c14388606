/** The page uses what knows nothing of Node, and of `src` nothing later than the bundle but the palette of figures. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const app = join(root, "app");
const library = [
  "base",
  "volume",
  "sources",
  "graph",
  "preparation",
  "labels",
  "calibration",
  "ood",
  "bundle",
];
const allowed = [...library.map((folder) => `src/${folder}/`), "src/report/palette.js"];

const files = readdirSync(app, { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test\.ts$|^(build|dist)\/|^vite\.config/.test(name),
);

it("imports nothing that a browser has not", () => {
  expect(files.length).toBeGreaterThan(30);
  const wrong = files.flatMap((file) =>
    [...readFileSync(join(app, file), "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)]
      .map(([, target]) => target!)
      .filter((target) => {
        if (target.startsWith("node:") || target === "onnxruntime-node") return true;
        const path = relative(root, resolve(app, file, "..", target));
        return (
          target.startsWith(".") && path.startsWith("src/") && !allowed.some((one) => path.startsWith(one))
        );
      })
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});
