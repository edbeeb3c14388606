import { type Html, html } from "./html.js";

/** One column of a table: its head and how a row is shown in it. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | Html;
  /** Numbers stand to the right; default true. */
  readonly numeric?: boolean;
}

export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Html {
  const side = ({ numeric = true }: Column<Row>): string => (numeric ? "number" : "text");
  return html`<div class="table"><table><thead><tr>${columns.map(
    (column) => html`<th class="${side(column)}">${column.head}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map((column) => html`<td class="${side(column)}">${column.cell(row)}</td>`)}</tr>`,
  )}</tbody></table></div>
`;
}
