/** The two rules of the layout: imports run from later folders to earlier ones; library folders know nothing of Node. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const source = resolve(import.meta.dirname, "../src");
const order = [
  "volume",
  "formats",
  "dataset",
  "graph",
  "network",
  "training",
  "inference",
  "metrics",
  "calibration",
  "ood",
  "bundle",
  "study",
  "report",
  "cli",
  "server",
];
const library = [
  "volume",
  "graph",
  "network",
  "inference",
  "metrics",
  "calibration",
  "ood",
  "bundle",
  "formats",
];

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);
const importsOf = (file: string): string[] =>
  [...readFileSync(join(source, file), "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(
    (match) => match[1]!,
  );
const folderOf = (file: string): string => file.split("/")[0]!;

it("finds the source", () => {
  expect(files.length).toBeGreaterThan(50);
});

it("imports only from the same folder or earlier ones", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith("."))
      .map((target) => relative(source, resolve(source, file, "..", target)))
      .filter(
        (target) => target.includes("/") && order.indexOf(folderOf(target)) > order.indexOf(folderOf(file)),
      )
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong.filter((line) => folderOf(line) !== "")).toEqual([]);
});

it("keeps Node out of what the browser uses", () => {
  const wrong = files
    .filter((file) => library.includes(folderOf(file)))
    .filter(
      (file) =>
        importsOf(file).some((target) => target.startsWith("node:")) ||
        /\b(Buffer|process)\./.test(readFileSync(join(source, file), "utf8")),
    );
  expect(wrong).toEqual([]);
});
