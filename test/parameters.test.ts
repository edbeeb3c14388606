/** The rule of parameters: no function has more than four, and none has a flag that changes what it does. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const source = resolve(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

const MOST = 4;

/** Functions of `text` with too many parameters or a boolean one, as `name: what is wrong`. */
function offenders(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const { parameters } = node;
      const name = nameOf(node);
      if (parameters.length > MOST) found.push(`${name}: ${parameters.length} parameters`);
      for (const flag of parameters.filter(isFlag)) found.push(`${name}: the flag ${flag.name.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true));
  return found;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  return named ? parent.name.getText() : ts.isConstructorDeclaration(node) ? "constructor" : "a function";
}

function isFlag({ type, initializer }: ts.ParameterDeclaration): boolean {
  const isBoolean = (node: ts.Node): boolean =>
    node.kind === ts.SyntaxKind.BooleanKeyword ||
    (ts.isUnionTypeNode(node) && node.types.some(isBoolean)) ||
    (ts.isLiteralTypeNode(node) && isLiteral(node.literal));
  const isLiteral = (node: ts.Node): boolean =>
    node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
  return (type !== undefined && isBoolean(type)) || (initializer !== undefined && isLiteral(initializer));
}

it("sees every kind of function and flag", () => {
  expect(
    offenders(`
      function five(a, b, c, d, e) {}
      const flagged = (quiet: boolean) => 1;
      const given = function (loud = false) {};
      class A { constructor(a, b, c, d, e, f) {} method(on?: boolean | undefined) {} }
      const fine = { four(a, b, c, { on }: { on: boolean }) {} };
    `),
  ).toEqual([
    "five: 5 parameters",
    "flagged: the flag quiet",
    "given: the flag loud",
    "constructor: 6 parameters",
    "method: the flag on",
  ]);
});

const wrongIn = (file: string): string[] =>
  offenders(readFileSync(join(source, file), "utf8")).map((what) => `${file}, ${what}`);

it("finds none in the source", () => {
  expect(files.flatMap(wrongIn)).toEqual([]);
});
