/** Documents that are made from the code, or that must keep up with it. `npm run docs` writes the made ones anew. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { expect, it } from "vitest";
import { configurationSchema } from "../../src/run/configuration.js";
import { studySchema } from "../../src/study/protocol/study-configuration.js";
import { apiPage } from "./api-page.js";
import { fieldsOf } from "./configuration-fields.js";
import { configurationPage } from "./configuration-page.js";
import { registries } from "./registries.js";

const docs = resolve(import.meta.dirname, "../../docs");
const source = resolve(import.meta.dirname, "../../src");
const folders = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const fields = [...fieldsOf(configurationSchema), ...fieldsOf(studySchema)];

it("configuration.md says what the schema says", async () => {
  await expect(configurationPage()).toMatchFileSnapshot(resolve(docs, "configuration.md"));
});

it("api.md says what the library's docstrings say", async () => {
  await expect(apiPage()).toMatchFileSnapshot(resolve(docs, "api.md"));
});

it("every field of a configuration has a text", () => {
  expect(fields.length).toBeGreaterThan(80);
  expect(fields.filter(({ node }) => !node.description).map(({ path }) => path)).toEqual([]);
});

it("every field that need not be given says when to change it", () => {
  const isSection = (value: unknown): boolean => JSON.stringify(value) === "{}";
  const wanting = fields.filter(
    ({ node, required }) => !required && node.change === undefined && !isSection(node.default),
  );
  expect(wanting.map(({ path }) => path)).toEqual([]);
});

it("every number has a unit", () => {
  const isNumber = (node: (typeof fields)[number]["node"]): boolean =>
    node.type === "integer" ||
    node.type === "number" ||
    [...(node.items ? [node.items] : []), ...(node.prefixItems ?? [])].some(isNumber);
  expect(fields.filter(({ node }) => isNumber(node) && !node.unit).map(({ path }) => path)).toEqual([]);
});

const glossary = readFileSync(resolve(docs, "glossary.md"), "utf8");
const entries = glossary
  .replace(/\n {2}/g, " ")
  .split("\n")
  .flatMap((line) => {
    const [, word, folder, text] = /^- \*\*(.+)\*\* \(`(.+)`\): (.+)$/.exec(line) ?? [];
    return word && folder && text ? [{ word, folder, text }] : [];
  });

it("the glossary has its words in order, in at least two sentences each, with the folder where they live", () => {
  expect(entries.length).toBeGreaterThan(80);
  const words = entries.map(({ word }) => word.toLowerCase());
  expect(words).toEqual([...new Set(words)].sort((a, b) => (a < b ? -1 : 1)));
  expect(entries.filter(({ text }) => (text.match(/[.:] |\.$/g) ?? []).length < 2)).toEqual([]);
  expect(entries.filter(({ folder }) => !existsSync(resolve(source, folder)))).toEqual([]);
});

it("the glossary explains every folder and every name in a registry", () => {
  const words = new Set(entries.map(({ word }) => word));
  expect(folders.filter((folder) => !words.has(folder))).toEqual([]);
  const said = new Set([...glossary.matchAll(/`([^`]+)`/g)].map((match) => match[1]));
  const names = Object.values(registries).flat();
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !said.has(name))).toEqual([]);
});

const readme = (folder: string): string | undefined => {
  const path = resolve(source, folder, "README.md");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
};

it("every folder has a README", () => {
  expect(folders.filter((folder) => (readme(folder) ?? "").split("\n").length < 5)).toEqual([]);
});

it.each(Object.keys(registries))("the README nearest to %s names it", (registry) => {
  let folder = dirname(registry);
  while (readme(folder) === undefined && folder !== ".") folder = dirname(folder);
  expect(readme(folder) ?? "").toContain(`\`${relative(folder, registry)}\``);
});
