/** Documents that are made from the code, or that must keep up with it. `npm run docs` writes the made ones anew. */

import { resolve } from "node:path";
import { expect, it } from "vitest";
import { configurationSchema } from "../../src/run/configuration.js";
import { studySchema } from "../../src/study/study-configuration.js";
import { fieldsOf } from "./configuration-fields.js";
import { configurationPage } from "./configuration-page.js";

const docs = resolve(import.meta.dirname, "../../docs");
const fields = [...fieldsOf(configurationSchema), ...fieldsOf(studySchema)];

it("configuration.md says what the schema says", async () => {
  await expect(configurationPage()).toMatchFileSnapshot(resolve(docs, "configuration.md"));
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
    /^(integer|number)$/.test(node.type ?? "") ||
    [...(node.items ? [node.items] : []), ...(node.prefixItems ?? [])].some(isNumber);
  expect(fields.filter(({ node }) => isNumber(node) && !node.unit).map(({ path }) => path)).toEqual([]);
});
