/** The fields of a configuration, as its schema describes them. */

import { z } from "zod";

/** JSON Schema as Zod writes it, with the texts that stand beside each field. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** Of a number or a list of numbers. */
  readonly unit?: string;
  /** When to give something else than the default. */
  readonly change?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

export interface Field {
  /** From the top, with dots; `[]` stands for each item of a list. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
  /** The choice that the field belongs to, for example `policy: fit`. */
  readonly choice?: string;
  /** Belongs to the entries of a list of choices: such lists are many, so they say in one line what entries may be. */
  readonly inList?: boolean;
}

export function fieldsOf(schema: z.ZodType): Field[] {
  return inside(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode, "");
}

function inside(node: SchemaNode, path: string, choice?: string): Field[] {
  const chosenBy = discriminator(node);
  return Object.entries(node.properties ?? {})
    .filter(([name]) => name !== chosenBy)
    .flatMap(([name, child]) => {
      const own = path === "" ? name : `${path}.${name}`;
      const required = node.required?.includes(name) ?? false;
      return [{ path: own, node: child, required, choice }, ...below(child, own, choice)];
    });
}

function below(node: SchemaNode, path: string, choice?: string): Field[] {
  if (node.properties) return inside(node, path, choice);
  if (node.items?.properties) return inside(node.items, `${path}[]`, choice);
  if (node.items) return below(node.items, `${path}[]`, choice).map((field) => ({ ...field, inList: true }));
  return choicesOf(node).flatMap((option) => {
    const name = discriminator(option);
    if (name === undefined) return below(option, path, choice);
    return inside(option, path, `${name}: ${String(option.properties![name]!.const)}`);
  });
}

export const choicesOf = (node: SchemaNode): readonly SchemaNode[] => node.oneOf ?? node.anyOf ?? [];

/** The property by whose fixed value an object is told from the other choices. */
export const discriminator = (node: SchemaNode): string | undefined =>
  Object.entries(node.properties ?? {}).find(([, child]) => child.const !== undefined)?.[0];
