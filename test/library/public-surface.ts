/** What the library's entries export, read from the source: declarations without their bodies, and what their docstrings say. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

/** Specifiers with the files behind them. */
export const entries = { sureseg: "src/node/index.ts", "sureseg/web": "src/library/web.ts" } as const;

export interface Exported {
  readonly name: string;
  readonly kind: "function" | "class" | "interface" | "type";
  /** As TypeScript, with the docstrings of members. */
  readonly declaration: string;
  readonly comment: string;
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
  /** When it throws a `UserError`. */
  readonly throws: string | undefined;
}

export interface Entry {
  readonly specifier: string;
  /** What the entry as a whole says of itself. */
  readonly comment: string;
  readonly exported: readonly Exported[];
}

export function publicSurface(): Entry[] {
  const files = Object.values(entries).map((file) => join(root, file));
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  return Object.entries(entries).map(([specifier, file]) => {
    const source = program.getSourceFile(join(root, file))!;
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
    const exported = symbols.map((symbol) => describe(resolved(symbol, checker), symbol.name, checker));
    const order = ["function", "class", "interface", "type"];
    return {
      specifier,
      comment: moduleComment(readFileSync(join(root, file), "utf8")),
      exported: exported.sort(
        (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1),
      ),
    };
  });
}

const resolved = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

function describe(symbol: ts.Symbol, name: string, checker: ts.TypeChecker): Exported {
  const tags = symbol.getJsDocTags(checker);
  const textOf = (tag: ts.JSDocTagInfo): string => oneLine(ts.displayPartsToString(tag.text));
  return {
    name,
    ...declared(symbol, checker),
    comment: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    parameters: tags
      .filter((tag) => tag.name === "param")
      .map((tag) => {
        const [parameter = "", ...words] = textOf(tag).split(" ");
        return { name: parameter, text: words.join(" ") };
      }),
    throws: tags.filter((tag) => tag.name === "throws").map(textOf)[0],
  };
}

function declared(symbol: ts.Symbol, checker: ts.TypeChecker): Pick<Exported, "kind" | "declaration"> {
  const [node] = symbol.declarations!;
  if (node === undefined) throw new Error(`${symbol.name} is declared nowhere`);
  if (ts.isFunctionDeclaration(node)) {
    const parameters = node.parameters.map(({ name, type, questionToken, initializer }) => {
      const optional = questionToken !== undefined || initializer !== undefined;
      return `${name.getText()}${optional ? "?" : ""}: ${type!.getText().replace(/ \| undefined$/, "")}`;
    });
    return {
      kind: "function",
      declaration: `function ${symbol.name}(${parameters.join(", ")}): ${node.type!.getText()};`,
    };
  }
  if (ts.isInterfaceDeclaration(node)) return { kind: "interface", declaration: plain(node.getText()) };
  if (ts.isClassDeclaration(node)) {
    const heritage = node.heritageClauses?.map((clause) => ` ${clause.getText()}`).join("") ?? "";
    const members = node.members.filter(ts.isPropertyDeclaration).map((member) => {
      const comments = ts.getJSDocCommentsAndTags(member).map((comment) => `  ${comment.getText()}\n`);
      return `${comments.join("")}  ${member.getText()}`;
    });
    return { kind: "class", declaration: `class ${symbol.name}${heritage} {\n${members.join("\n")}\n}` };
  }
  if (!ts.isTypeAliasDeclaration(node)) throw new Error(`${symbol.name} is of a kind that has no form here`);
  const written = plain(node.getText());
  if (!/typeof /.test(written)) return { kind: "type", declaration: written };
  // Derived from a schema or a table: what it comes to says more than where it comes from.
  const { InTypeAlias, MultilineObjectLiterals, NoTruncation } = ts.NodeBuilderFlags;
  const flags = InTypeAlias | MultilineObjectLiterals | NoTruncation;
  const type = checker.typeToTypeNode(checker.getDeclaredTypeOfSymbol(symbol), node, flags)!;
  const text = ts.createPrinter().printNode(ts.EmitHint.Unspecified, type, node.getSourceFile());
  return { kind: "type", declaration: `type ${symbol.name} = ${text.replaceAll("    ", "  ")};` };
}

const plain = (text: string): string => text.replace(/^export /, "").trim();

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The first comment of a file, without its marks and tags. */
function moduleComment(text: string): string {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines
    .filter((line) => !line.startsWith("@"))
    .join("\n")
    .trim();
}
