/** The two rules of the layout: imports run from later folders to earlier ones; library folders know nothing of Node. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const source = resolve(import.meta.dirname, "../src");
const order = [
  "base",
  "volume",
  "sources",
  "graph",
  "network",
  "preparation",
  "labels",
  "inference",
  "metrics",
  "calibration",
  "ood",
  "bundle",
  "library",
  "threads",
  "dataset",
  "training",
  "evaluation",
  "run",
  "adoption",
  "study",
  "report",
  "prediction",
  "server",
  "cli",
  "node",
];
/** Folders that the browser page uses as they are. */
const library = order.slice(0, order.indexOf("library") + 1);

/** The study's own folders, in the order of its work. */
const studyOrder = ["protocol", "data", "corruptions", "inspection", "units", "results"];

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

it("knows every folder", () => {
  expect([...new Set(files.map(folderOf))].filter((folder) => !order.includes(folder))).toEqual([]);
});

it("imports only from the same folder or earlier ones", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith("."))
      .map((target) => relative(source, resolve(source, file, "..", target)))
      .filter((target) => order.indexOf(folderOf(target)) > order.indexOf(folderOf(file)))
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

it("imports within the study only from the same folder or earlier ones", () => {
  const place = (file: string): number => studyOrder.indexOf(file.split("/")[1]!);
  const own = files.filter((file) => folderOf(file) === "study");
  expect(own.filter((file) => place(file) < 0)).toEqual([]);
  const wrong = own.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith("."))
      .map((target) => relative(source, resolve(source, file, "..", target)))
      .filter((target) => folderOf(target) === "study" && place(target) > place(file))
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

it("keeps Node out of what the browser uses", () => {
  const wrong = files
    .filter((file) => library.includes(folderOf(file)))
    .filter(
      (file) =>
        importsOf(file).some((target) => target.startsWith("node:") || target === "onnxruntime-node") ||
        /\b(Buffer|process)\./.test(readFileSync(join(source, file), "utf8")),
    );
  expect(wrong).toEqual([]);
});

it("imports in no circles", () => {
  const targets = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((target) => target.startsWith("."))
        .map((target) => relative(source, resolve(source, file, "..", target)).replace(/\.js$/, ".ts")),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file)) return;
    done.add(file);
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
