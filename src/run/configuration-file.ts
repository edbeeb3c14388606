/** Configuration files: YAML that is read and checked against a schema, with messages that name every wrong field. */

import { readFile, stat } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from "yaml";
import { z } from "zod";
import { UserError } from "../base/index.js";

/** A field by its keys and positions, from the top of a configuration. */
export type FieldPath = readonly PropertyKey[];

/** The line of a file that a field stands on, counted from 1; undefined where it stands nowhere. */
export type LineOf = (field: FieldPath) => number | undefined;

/** A configuration as it was read: plain data, and where each field stands. */
export interface YamlFile {
  readonly data: unknown;
  readonly lineOf: LineOf;
}

/** Of wrong fields so many are named: whoever mends them sees the others then. */
const MOST_PROBLEMS = 50;

/** Of a field's name, in a message. */
const MOST_LETTERS = 200;

/** Letters by which a field that was meant differs from the one that was written. */
const MOST_TYPOS = 3;

/** Longest file that is read, in bytes: far more than any configuration, far less than memory. */
const MAX_BYTES = 2 ** 18;

/** @throws UserError where the file is missing, too large or no YAML */
export async function readYaml(path: string): Promise<YamlFile> {
  const text = await readText(path);
  const refuse = (found: string, cause?: unknown): never => {
    throw new UserError({ subject: path, found, expected: "YAML", advice: "Mend the line.", cause });
  };
  const lines = new LineCounter();
  try {
    // The library compares each key of a map with all before it: minutes for a mebibyte of keys.
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) return refuse(problem.message.split("\n")[0] as string);
    const twice = offsetOfRepeatedKey(document);
    if (twice !== undefined) return refuse(`a key that is not unique at line ${lines.linePos(twice).line}`);
    return { data: document.toJS(), lineOf: (field) => lineOf(document, lines, field) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    // An alias of nothing, aliases of aliases without end, nesting deeper than the stack: the library's own errors.
    return refuse(error instanceof RangeError ? "nesting that is too deep" : (error as Error).message, error);
  }
}

/** Where a map has a key that it had before; undefined where all are unique. */
function offsetOfRepeatedKey(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        // As in the library: merges may be repeated, and of other keys the values are compared.
        if (keys.has(key.value) && key.value !== "<<") {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

async function readText(path: string): Promise<string> {
  const expected = "a configuration in YAML";
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() && facts.size > MAX_BYTES) {
    const found = `${facts.size} bytes`;
    throw new UserError({
      subject: path,
      found,
      expected: `${expected} of at most ${MAX_BYTES} bytes`,
      advice: "Check the path.",
    });
  }
  try {
    if (!facts?.isFile()) throw new Error("no regular file");
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "no readable file",
      expected,
      advice: "Check the path.",
      cause,
    });
  }
}

/** The line of the deepest part of `field` that the document holds. */
function lineOf(document: Document.Parsed, lines: LineCounter, field: FieldPath): number | undefined {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  let at: unknown = document.contents;
  let offset: number | undefined;
  for (const key of field) {
    let place: unknown;
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      place = pair?.key;
      at = resolved(pair?.value);
    } else if (isSeq(at)) {
      place = at.items[Number(key)];
      at = resolved(place);
    }
    if (!isNode(place) || !place.range) break;
    offset = place.range[0];
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/**
 * Plain data checked against a schema; `subject` names it in errors.
 *
 * @param lineOf where its fields stand, for data from a file
 * @throws UserError listing every wrong field
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  subject: string,
  lineOf: LineOf = () => undefined,
): z.output<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const describe = (path: FieldPath, problem: string): string => {
    const line = lineOf(path);
    const field = path.join(".").slice(0, MOST_LETTERS) || "the configuration";
    return `${line === undefined ? "" : `line ${line}, `}${field}: ${problem}`;
  };
  let known: string[] | undefined;
  const wrongKey = (key: string): string => {
    known ??= knownFields(schema);
    return whatIsWrong(known, key);
  };
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: [...issue.path, key], problem: () => wrongKey(key) }))
      : [{ path: issue.path, problem: () => issue.message }],
  );
  throw new UserError({
    subject,
    found: [
      ...problems.slice(0, MOST_PROBLEMS).map(({ path, problem }) => describe(path, problem())),
      ...(problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : []),
    ].join("; "),
    expected: "a configuration that fits the schema",
    advice: [...replacements(schema, result.error), "docs/configuration.md describes every field."].join(" "),
  });
}

function whatIsWrong(known: readonly string[], key: string): string {
  if (known.includes(key)) return "not a field here, but of another section or kind";
  const nearest = known
    // Others cannot be near, and to compare long keys takes long.
    .filter((field) => Math.abs(field.length - key.length) <= MOST_TYPOS)
    .map((field) => ({ field, distance: editDistance(key.toLowerCase(), field.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= MOST_TYPOS
    ? `unknown field, did you mean ${nearest.field}?`
    : "unknown field";
}

const descriptions = new WeakMap<z.ZodType, unknown>();

/** A schema as JSON Schema, made once: it takes milliseconds. */
function describedSchema(schema: z.ZodType): unknown {
  const description =
    descriptions.get(schema) ?? z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  descriptions.set(schema, description);
  return description;
}

function knownFields(schema: z.ZodType): string[] {
  const fields = new Set<string>();
  JSON.stringify(describedSchema(schema), (key, value) => {
    if (key === "properties") for (const name of Object.keys(value as object)) fields.add(name);
    return value;
  });
  return [...fields];
}

/** For each field of an earlier version, what stands for it now: `replaced` beside the description of a schema. */
function replacements(schema: z.ZodType, { issues }: z.ZodError): string[] {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.length === 0) return [];
  const sentences: string[] = [];
  JSON.stringify(describedSchema(schema), (key, value) => {
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
