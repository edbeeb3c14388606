import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { readSubjects, type SubjectsFile } from "./subjects.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-subjects-"));
const file = join(folder, "people.csv");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly missing?: SubjectsFile["missing"];
  readonly ids?: readonly string[];
}

/** Subjects of the dataset `liver` by case. */
async function read(text: string | Uint8Array, { missing = "refuse", ids = ["a", "b"] }: Given = {}) {
  writeFileSync(file, text);
  return Object.fromEntries(await readSubjects({ file, missing }, "liver", ids));
}

async function refusal(text: string | Uint8Array, given?: Given): Promise<string> {
  const failure = await read(text, given).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  return (failure as UserError).message;
}

const header = "dataset,case,subject\n";

describe("subjects", () => {
  const both = { a: "p7", b: "p8" };
  it.each<[string, string]>([
    ["as it is", `${header}liver,a,p7\nliver,b,p8\n`],
    [
      "with other rows and columns in any order",
      "age,subject,case,dataset\n3,p7,a,liver\n4,p8,b,liver\n5,p9,x,heart\n",
    ],
    ["from a spreadsheet", "\ufeffdataset,case,subject\r\nliver,a,p7\r\nliver,b,p8\r\n"],
    ["with quotes", `"dataset","case","subject"\n"liver",a,"p7"\nliver,"b",p8`],
    ["with blanks and empty lines", `dataset , case,subject\n\nliver, a , p7\n\nliver,b,p8\n\n`],
    ["with a row twice", `${header}liver,a,p7\nliver,b,p8\nliver,a,p7\n`],
  ])("are read %s", async (_, text) => {
    expect(await read(text)).toEqual(both);
  });

  it("may have commas, quotes and line breaks in them", async () => {
    const texts = fc
      .string({ minLength: 1, unit: fc.constantFrom(..."ab ,\"\n;'") })
      .filter((text) => text.trim() !== "");
    await fc.assert(
      fc.asyncProperty(texts, async (subject) => {
        const cell = `"${subject.replaceAll('"', '""')}"`;
        const [read1] = Object.values(await read(`${header}liver,a,${cell}\n`, { ids: ["a"] }));
        expect(read1?.trim()).toBe(subject.trim());
      }),
      { numRuns: 50 },
    );
  });

  it("that a case has none of are refused by the case's name, or the case is its own where that is said", async () => {
    const text = `${header}liver,a,p7\n`;
    expect(await refusal(text)).toMatch(
      /people\.csv: found no row for these cases of liver: b, expected .*missing: own/,
    );
    expect(await read(text, { missing: "own" })).toEqual({ a: "p7" });
  });

  it.each([
    ["a.nii.gz", "a"],
    ["images/a.nii", "a"],
    ["a_0000.nii.gz", "a"],
    ["a_0001", "a"],
  ])("of a case called %s are refused with the name that is meant", async (name, meant) => {
    const text = `${header}liver,${name},subject-seven\nliver,b,p8\n`;
    const message = await refusal(text, { missing: "own" });
    expect(message).toContain(`rows that match no case of liver: ${name} (the case is called ${meant})`);
    expect(message).not.toContain("subject-seven");
    expect(await refusal(text)).toContain("no row for these cases of liver: a");
  });

  it.each(["refuse", "own"] as const)("under another dataset's name are refused (%s)", async (missing) => {
    const text = `${header}Liver,a,p7\nheart,b,p8\n`;
    expect(await refusal(text, { missing })).toMatch(
      /found no row of dataset liver, but of Liver, heart, expected/,
    );
    expect(await refusal(header, { missing })).toContain("but of none");
  });

  it("names the first ten of many cases", async () => {
    const ids = Array.from({ length: 14 }, (_, n) => `c${n}`);
    const message = await refusal(`${header}liver,c0,p\n`, { ids });
    expect(message).toContain("c10 and 3 more");
    expect(message).not.toContain("c11");
  });

  it("that contradict each other are refused by line", async () => {
    const message = await refusal(`${header}liver,a,p7\nliver,b,p8\nliver,a,p9\n`);
    expect(message).toContain("two subjects for case a of liver (lines 2 and 4)");
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    [
      "semicolons",
      "dataset;case;subject\nliver;a;p7\n",
      /columns separated by `;`, expected .* separated by commas/,
    ],
    ["tabs", "dataset\tcase\tsubject\nliver\ta\tp7\n", /columns separated by tabs/],
    ["a column missing", "dataset,case\nliver,a\n", /found columns dataset, case, expected .*subject/],
    ["nothing in it", "", /found columns , expected/],
    ["a cell too few", `${header}liver,a\n`, /line 2: found text that is no CSV/],
    ["an open quote", `${header}liver,a,"p7\n`, /found text that is no CSV \(CSV_QUOTE_NOT_CLOSED\)/],
    ["a quote inside", `${header}liver,a,p"7"\n`, /line 2: found text that is no CSV/],
    ["an empty cell", `${header}liver,a,\n`, /line 2: found nothing in column subject/],
    [
      "another encoding",
      Buffer.from(`${header}liver,a,M\xfcller\n`, "latin1"),
      /another encoding than UTF-8/,
    ],
  ])("in a file with %s are refused without a subject's name", async (_, text, message) => {
    const found = await refusal(text, { ids: ["a"] });
    expect(found).toMatch(message);
    expect(found).not.toMatch(/p"?7|ller/);
  });

  it("in a file that is not there are refused", async () => {
    const missing = readSubjects({ file: join(folder, "none.csv"), missing: "own" }, "liver", ["a"]);
    await expect(missing).rejects.toThrow(/none\.csv: found no such file/);
  });
});
