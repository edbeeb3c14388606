/** docs/configuration.md: every field, in the words that stand beside it in the schema. */

import { stringify } from "yaml";
import { groupBy } from "../../src/base/index.js";
import { configurationSchema, parseConfiguration } from "../../src/run/configuration.js";
import { studySchema } from "../../src/study/protocol/study-configuration.js";
import { choicesOf, discriminator, type Field, fieldsOf, type SchemaNode } from "./configuration-fields.js";

export function configurationPage(): string {
  const training = fieldsOf(configurationSchema).filter(({ inList }) => !inList);
  const same = new Set(training.map(signature));
  const study = fieldsOf(studySchema).filter((field) => !field.inList && !same.has(signature(field)));
  return `${[
    "# Configuration",
    "Made from the schema by `npm run docs`; edit the texts there.",
    "A configuration is a YAML file. Folders are relative to it. Unknown fields are refused, with a suggestion and the line. " +
      "A field without a default has to be given, unless it is called optional. Indices i, j, k run along the prepared image's " +
      "axes: to the right, to the front, to the head.",
    "## A training run",
    "`sureseg train FILE`.",
    ...joined(training).map(fieldText),
    "### The shortest configuration, with every default written out",
    `\`\`\`yaml\n${stringify(parseConfiguration(example, "example")).trimEnd()}\n\`\`\``,
    "## A study",
    "`sureseg study FILE`. Fields that mean the same as above (for example `datasets`, `network`, `loss`) are left out here.",
    ...joined(study).map(fieldText),
  ].join("\n\n")}\n`;
}

const example = {
  name: "mine",
  output: "runs/mine",
  datasets: [{ folder: "data/liver_ct", modality: "CT", organs: { liver: [1] } }],
};

const signature = ({ path, node, choice }: Field): string => JSON.stringify([path, choice, node]);

interface PageField extends Omit<Field, "choice"> {
  /** All choices that have the field. */
  readonly choices: readonly string[];
}

/** Fields that several choices share are said once. */
function joined(fields: readonly Field[]): PageField[] {
  const groups = groupBy(fields, ({ path, node, required }) => JSON.stringify([path, required, node]));
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    choices: group.flatMap(({ choice }) => (choice === undefined ? [] : `\`${choice}\``)),
  }));
}

function fieldText({ path, node, required, choices }: PageField): string {
  const where = choices.length === 0 ? "" : ` (with ${either(choices)})`;
  const { description = "", unit, change } = node;
  const facts = [`${valueText(node)}${unit === undefined ? "" : `; ${unit}`}`, defaultText(node, required)];
  const lines = [
    `${path.includes(".") ? "####" : "###"} \`${path}\`${where}`,
    `${capital(description)}.`,
    `- Value: ${facts.filter((fact) => fact !== "").join(". ")}.`,
    ...(change === undefined ? [] : [`- Change it ${change}.`]),
  ];
  return [lines.slice(0, 2).join("\n\n"), lines.slice(2).join("\n")].join("\n\n");
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function defaultText(node: SchemaNode, required: boolean): string {
  if (required) return "Must be given";
  if (node.default === undefined) return "Optional";
  const isSection = JSON.stringify(node.default) === "{}";
  return isSection ? "Default: each field's own" : `Default: \`${inline(node.default)}\``;
}

const inline = (value: unknown): string => stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();

/** What may stand in a field, in words. */
function valueText(node: SchemaNode): string {
  const { type } = node;
  if (Array.isArray(type)) return either(type.map((one: string) => valueText({ ...node, type: one })));
  const choices = choicesOf(node);
  if (choices.length > 0) return either(choices.map(valueText));
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum !== undefined) return either(node.enum.map((value) => `\`${value}\``));
  const chosenBy = discriminator(node);
  if (chosenBy !== undefined) return choiceText(node, chosenBy);
  if (node.properties) return "fields of its own";
  if (node.prefixItems) return `a list of ${node.prefixItems.map(valueText).join(", ")}`;
  if (node.items) {
    const length = node.minItems ? ` of at least ${node.minItems}` : "";
    return `a list${length}, each ${node.items.properties ? "with fields of its own" : valueText(node.items)}`;
  }
  if (node.type === "object" && node.additionalProperties)
    return `names, each with ${valueText(node.additionalProperties)}`;
  if (node.type === "boolean") return "`true` or `false`";
  if (node.type === "integer" || node.type === "number") return numberText(node);
  if (type === "null") return "null";
  return "text";
}

function choiceText({ properties = {} }: SchemaNode, chosenBy: string): string {
  const others = Object.keys(properties).filter((name) => name !== chosenBy);
  const fields = others.length === 0 ? "" : ` with ${others.map((name) => `\`${name}\``).join(", ")}`;
  const { const: choice, default: usual } = properties[chosenBy]!;
  return `\`${chosenBy}: ${String(choice)}\`${fields}${usual === undefined ? "" : " (the default)"}`;
}

function numberText({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const limits = [
    exclusiveMinimum === undefined ? "" : `above ${exclusiveMinimum}`,
    isLimit(minimum) ? `from ${minimum}` : "",
    isLimit(maximum) ? `to ${maximum}` : "",
    exclusiveMaximum === undefined ? "" : `below ${exclusiveMaximum}`,
  ].filter((text) => text !== "");
  return [type === "integer" ? "a whole number" : "a number", ...limits].join(" ");
}

/** Whole numbers that JavaScript holds exactly are no limit that anybody set. */
const isLimit = (bound: number | undefined): boolean =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

function either(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  if (different.length === 1) return different[0]!;
  return `${different.slice(0, -1).join(", ")} or ${different.at(-1)}`;
}
