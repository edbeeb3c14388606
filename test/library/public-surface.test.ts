/**
 * The public surface, pinned: a change of any name or type fails here until `npx vitest run test/library/public-surface --update`
 * accepts it, and then belongs into CHANGELOG.md.
 */
import { expect, it } from "vitest";
import { publicSurface } from "./public-surface.js";

const surface = publicSurface();

it("has these names and types", async () => {
  const text = surface.flatMap(({ specifier, exported }) => [
    `=== ${specifier}`,
    ...exported.map(({ declaration }) => declaration.replaceAll(/^\s*\/?\*.*\n/gm, "")),
  ]);
  await expect(`${text.join("\n\n")}\n`).toMatchFileSnapshot("public-surface.txt");
});

it("says of every name what it is for, and of every function when it fails", () => {
  const all = surface.flatMap(({ exported }) => exported);
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter(({ comment }) => comment === "").map(({ name }) => name)).toEqual([]);
  const functions = all.filter(({ kind }) => kind === "function");
  expect(functions.filter(({ throws }) => throws === undefined).map(({ name }) => name)).toEqual([]);
});

it("names only types that it exports, or that every program has", () => {
  for (const { specifier, exported } of surface) {
    const known = new Set(exported.map(({ name }) => name));
    const code = exported
      .map(({ declaration }) => declaration.replaceAll(/\/\*[\s\S]*?\*\/|"[^"]*"/g, ""))
      .join("\n");
    const everywhere =
      /^(Promise|Readonly|Record|Partial|Omit|Pick|URL|File|AbortSignal|Error|(Uint|Int|Float)\d+Array|Data|CT|MR|PET|US)$/;
    const named = [...code.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name);
    expect(
      [...new Set(named)].filter((name) => !known.has(name) && !everywhere.test(name)),
      specifier,
    ).toEqual([]);
  }
});
