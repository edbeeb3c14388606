import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { UserError } from "../base/index.js";
import { parseWith, readYaml } from "./configuration-file.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-yaml-"));
const path = join(folder, "run.yaml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  writeFileSync(path, text);
  return readYaml(path);
};

async function refusal(text: string): Promise<string> {
  const failure = await read(text).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  const { message } = failure as UserError;
  expect(message).toMatch(/^.*run\.yaml: found .*\. Mend the line\.$/);
  return message;
}

/** Nine lists of nine aliases each: 9^9 texts where it is written out. */
const bomb = [
  `a: &a [${Array(9).fill("x").join(", ")}]`,
  ...[..."bcdefghi"].map(
    (name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(", ")}]`,
  ),
].join("\n");

describe("a YAML file", () => {
  it("with an alias of nothing, a bomb of aliases or an unknown tag is refused in one line", async () => {
    expect(await refusal("name: *nobody\n")).toContain("nobody");
    expect(await refusal(bomb)).toContain("alias");
    expect(await refusal("name: !secret liver\n")).toContain("!secret");
    expect(await refusal(`name: ${"[".repeat(50_000)}`)).toBeTruthy();
  });

  it("of more than a mebibyte is refused before it is read", async () => {
    writeFileSync(path, "#".repeat(2 ** 18 + 1));
    await expect(readYaml(path)).rejects.toThrow(/run\.yaml: found 262145 bytes, expected .*at most 262144/);
  });

  it("whatever it holds, gives data or a UserError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(..."a:-[]{}&*!|>\n '\"#,?%@") }), async (text) => {
        await read(text).catch((error: unknown) => expect(error).toBeInstanceOf(UserError));
      }),
    );
  });

  it("knows the line of every field, through lists and aliases, or of what would hold it", async () => {
    const { lineOf } = await read(
      ["# mine", "name: a", "list:", "  - one: 1", "    two: 2", "  - &b", "    one: 3", "again: *b"].join(
        "\n",
      ),
    );
    expect(lineOf(["name"])).toBe(2);
    expect(lineOf(["list", 0, "two"])).toBe(5);
    expect(lineOf(["list", 1, "one"])).toBe(7);
    expect(lineOf(["again", "one"])).toBe(7);
    expect(lineOf(["list", 0, "three"])).toBe(4);
    expect(lineOf(["absent"])).toBeUndefined();
    expect(lineOf([])).toBeUndefined();
  });

  it("gives back any data that was written", async () => {
    const value = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(value, async (data) => {
        const plain = JSON.parse(JSON.stringify(data));
        expect((await read(stringify(plain))).data).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a wrong field", () => {
  const schema = z.strictObject({
    patch: z.tuple([z.int(), z.int()]),
    network: z.strictObject({ levels: z.int().max(7) }),
  });

  it("is named with its line, an unknown one and one that is missing too", async () => {
    const { data, lineOf } = await read(
      ["patch:", "  - 16", "  - many", "network:", "  level: 3"].join("\n"),
    );
    const wrong = () => parseWith(schema, data, "run.yaml", lineOf);
    expect(wrong).toThrow(/line 3, patch\.1: /);
    expect(wrong).toThrow("line 5, network.level: unknown field, did you mean levels?");
    expect(wrong).toThrow(/line 4, network\.levels: /);
  });

  it("of data that is in no file is named alone", () => {
    expect(() => parseWith(schema, { patch: [1, 2], network: { levels: 8 } }, "it")).toThrow(
      /^it: found network\.levels: /,
    );
  });
});
