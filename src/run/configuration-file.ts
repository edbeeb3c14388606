/** Configuration files: YAML that is read and checked against a schema, with messages that name every wrong field. */

import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { UserError } from "../base/index.js";

/** @throws UserError where the file is missing or no YAML */
export async function readYaml(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "no readable file",
      expected: "a configuration in YAML",
      advice: "Check the path.",
      cause,
    });
  }
  const document = parseDocument(text);
  const syntax = document.errors[0];
  if (syntax) {
    throw new UserError({
      subject: path,
      found: syntax.message.split("\n")[0] as string,
      expected: "YAML",
      advice: "Mend the line.",
    });
  }
  return document.toJS();
}

/** Plain data checked against a schema; `subject` names it in errors. @throws UserError listing every wrong field */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  subject: string,
): z.output<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const field = issue.path.join(".") || "the configuration";
    if (issue.code !== "unrecognized_keys") return `${field}: ${issue.message}`;
    return issue.keys
      .map((key) => `${[...issue.path, key].join(".")}: ${whatIsWrong(schema, key)}`)
      .join("; ");
  });
  throw new UserError({
    subject,
    found: problems.join("; "),
    expected: "a configuration that fits the schema",
    advice: [...replacements(schema, result.error), "docs/configuration.md describes every field."].join(" "),
  });
}

function whatIsWrong(schema: z.ZodType, key: string): string {
  const known = knownFields(schema);
  if (known.includes(key)) return "not a field here, but of another section or kind";
  const nearest = known
    .map((field) => ({ field, distance: editDistance(key.toLowerCase(), field.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= 3
    ? `unknown field, did you mean ${nearest.field}?`
    : "unknown field";
}

function knownFields(schema: z.ZodType): string[] {
  const fields = new Set<string>();
  JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), (key, value) => {
    if (key === "properties") for (const name of Object.keys(value as object)) fields.add(name);
    return value;
  });
  return [...fields];
}

/** For each field of an earlier version, what stands for it now: `replaced` beside the description of a schema. */
function replacements(schema: z.ZodType, { issues }: z.ZodError): string[] {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  const sentences: string[] = [];
  JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), (key, value) => {
    if (key !== "replaced") return value;
    for (const [name, now] of Object.entries<string>(value)) {
      if (unknown.includes(name)) sentences.push(`Instead of ${name} write ${now}.`);
    }
    return undefined;
  });
  return sentences;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

const PATHS = new Set(["output", "folder", "subjects"]);

/**
 * Settings without the paths in them: what results depend on, and all that a reader of a report needs to know of a
 * computer's folders.
 */
export const withoutPaths = (settings: object): object =>
  JSON.parse(JSON.stringify(settings, (key, value) => (PATHS.has(key) ? undefined : value)));
