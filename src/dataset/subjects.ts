/** Who the cases are: a CSV file that says which images are of one subject. */

import { parse } from "csv-parse/sync";
import { UserError } from "../base/index.js";
import { channelOfName } from "./channel-order.js";
import { caseName } from "./layouts/folder-files.js";
import { MAX_TEXT_BYTES, readBytes } from "./read-bytes.js";

/** What becomes of a case without a row: the dataset is refused, or the case is a subject of its own. */
export const missingSubjectPolicies = ["refuse", "own"] as const;

export interface SubjectsFile {
  /** CSV with columns dataset, case, subject, in any order; it may have rows of other datasets. */
  readonly file: string;
  readonly missing: (typeof missingSubjectPolicies)[number];
}

interface Row {
  readonly line: number;
  readonly dataset: string;
  readonly case: string;
  readonly subject: string;
}

const columns = ["dataset", "case", "subject"] as const;

/**
 * The subject of each case that the file has a row for.
 *
 * @param dataset name whose rows count
 * @param ids names of all cases of the dataset
 * @throws UserError where the file cannot be understood, no row is of this dataset, a row's case does not exist, two rows
 *   contradict each other, or a case has no row and that is refused. Subjects are never named in messages
 */
export async function readSubjects(
  { file, missing }: SubjectsFile,
  dataset: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = rowsOf(await textOf(file), file);
  const own = rows.filter((row) => row.dataset === dataset);
  if (own.length === 0) {
    throw new UserError({
      subject: file,
      found: `no row of dataset ${dataset}, but of ${listed([...new Set(rows.map((row) => row.dataset))])}`,
      expected: "rows whose column `dataset` is the dataset's name",
      advice: "Correct the names in the file, or set the dataset's `name` to the one in the file.",
    });
  }
  refuseMismatch({ file, missing }, dataset, own, ids);
  const subjectOf = new Map<string, Row>();
  for (const row of own) {
    const other = subjectOf.get(row.case);
    if (other !== undefined && other.subject !== row.subject) {
      throw new UserError({
        subject: file,
        found: `two subjects for case ${row.case} of ${dataset} (lines ${other.line} and ${row.line})`,
        expected: "one subject for each case",
        advice: "Keep the right row.",
      });
    }
    subjectOf.set(row.case, row);
  }
  return new Map([...subjectOf].map(([id, { subject }]) => [id, subject]));
}

function refuseMismatch(
  { file, missing }: SubjectsFile,
  dataset: string,
  rows: readonly Row[],
  ids: readonly string[],
): void {
  const known = new Set(ids);
  const named = new Set(rows.map((row) => row.case));
  const unknown = [...named].filter((id) => !known.has(id)).map((id) => `${id}${suggestion(id, known)}`);
  const without = missing === "own" ? [] : ids.filter((id) => !named.has(id));
  const found = [
    ...(unknown.length > 0 ? [`rows that match no case of ${dataset}: ${listed(unknown)}`] : []),
    ...(without.length > 0 ? [`no row for these cases of ${dataset}: ${listed(without)}`] : []),
  ];
  if (found.length === 0) return;
  throw new UserError({
    subject: file,
    found: found.join("; "),
    expected: "a row for each case, under the case's name",
    advice:
      without.length > 0
        ? "Correct the file. If cases without a row are subjects of their own, say `subjects: {file: ..., missing: own}` in the configuration."
        : "Correct the names of the cases in the file, or remove these rows.",
  });
}

/** Names of files and of channels written where the name of the case belongs. */
function suggestion(id: string, known: ReadonlySet<string>): string {
  const bare = caseName(id.split(/[\\/]/).at(-1) as string);
  const meant = [bare, channelOfName(bare).id].find((name) => known.has(name));
  return meant === undefined ? "" : ` (the case is called ${meant})`;
}

function rowsOf(text: string, file: string): Row[] {
  const [header, ...records] = parsed(text, file);
  const names = header?.record ?? [];
  const places = columns.map((column) => names.indexOf(column));
  if (places.includes(-1)) {
    const separator = names.length === 1 ? /[;\t|]/.exec(names[0] as string)?.[0] : undefined;
    throw new UserError({
      subject: file,
      found:
        separator === undefined
          ? `columns ${names.join(", ")}`
          : `columns separated by ${separator === "\t" ? "tabs" : `\`${separator}\``}`,
      expected: `columns ${columns.join(", ")}, separated by commas`,
      advice:
        separator === undefined
          ? "Add the missing column."
          : "Save the file as CSV with commas; spreadsheet programs ask for the separator.",
    });
  }
  return records.map(({ record, line }) => {
    const [dataset, id, subject] = places.map((place) => record[place] as string) as [string, string, string];
    const empty = columns[[dataset, id, subject].indexOf("")];
    if (empty === undefined) return { line, dataset, case: id, subject };
    throw new UserError({
      subject: `${file}, line ${line}`,
      found: `nothing in column ${empty}`,
      expected: "a dataset, a case and a subject in every row",
      advice: "Fill the row or remove it.",
    });
  });
}

function parsed(text: string, file: string): { record: string[]; line: number }[] {
  try {
    const rows = parse(text, { skip_empty_lines: true, trim: true, info: true, relax_column_count: false });
    return (rows as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      record,
      line: info.lines,
    }));
  } catch (cause) {
    // The library's own message may quote a subject.
    const { code, lines } = cause as { code?: string; lines?: number };
    throw new UserError({
      subject: lines === undefined ? file : `${file}, line ${lines}`,
      found: `text that is no CSV (${code ?? "unreadable"})`,
      expected: "rows of as many cells as there are columns, with quotes in pairs",
      advice: "Mend the row, or save the file as CSV again.",
      cause,
    });
  }
}

async function textOf(file: string): Promise<string> {
  const expected = "a CSV file with columns dataset, case, subject";
  const bytes = await readBytes(file, { expected, most: MAX_TEXT_BYTES });
  try {
    // Leaves out the byte order mark that spreadsheet programs begin files with.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError({
      subject: file,
      found: "text in another encoding than UTF-8",
      expected,
      advice: "Save the file as CSV in UTF-8.",
      cause,
    });
  }
}

/** Names in a message: the first few. */
function listed(names: readonly string[]): string {
  const shown = 10;
  if (names.length === 0) return "none";
  return `${names.slice(0, shown).join(", ")}${names.length > shown ? ` and ${names.length - shown} more` : ""}`;
}
