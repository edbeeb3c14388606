/** The files at the root: versions that agree, and links that lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";

const root = resolve(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(root, path), "utf8");

it("package, citation, changelog and command line are of one version", () => {
  const { version, license } = JSON.parse(text("package.json"));
  const citation = parse(text("CITATION.cff"));
  expect(citation.version).toBe(version);
  expect(citation.license).toBe(license);
  expect(/^## \[(\d[^\]]*)\] - (.+)$/m.exec(text("CHANGELOG.md"))?.slice(1)).toEqual([
    version,
    citation["date-released"],
  ]);
  expect(/^const VERSION = "(.+)"/m.exec(text("src/cli/main.ts"))?.[1]).toBe(version);
  expect(text("LICENSE")).toMatch(/Apache License\s+Version 2\.0/);
});

it("the citation has what its schema (1.2.0) asks for", () => {
  const citation = parse(text("CITATION.cff"));
  for (const field of ["cff-version", "message", "title", "authors"]) expect(citation[field]).toBeDefined();
  expect(citation["cff-version"]).toBe("1.2.0");
  expect(citation.authors.length).toBeGreaterThan(0);
});

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "examples/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

it.each(pages)("%s links to files that are there", (page) => {
  const targets = [...text(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
  const lost = targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(root, dirname(page), target)));
  expect(lost).toEqual([]);
});

it("npm knows every setting of .npmrc, whatever its version", () => {
  const settings = text(".npmrc")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("=")[0]);
  expect(settings).toEqual(["ignore-scripts"]);
});

it("no npm script hopes to run before or after another", () => {
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
  const names = Object.keys(scripts);
  const hooks = names.filter((name) => /^(pre|post)/.test(name) || /^(prepare|prepack)$/.test(name));
  expect(hooks).toEqual([]);
});
