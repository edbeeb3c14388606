import { escapeText } from "./escape.js";

/** HTML that is safe to print: made by `html` or `trusted` only. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

/**
 * A template tag: everything put in is escaped, except Html, and lists of these. Nothing that a user's file says can
 * become markup.
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, at) => text + (at < parts.length ? print(parts[at]) : "")).join(""));
}

/** Markup from this program's own drawing functions, printed as it is. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function print(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escapeText(String(part));
  return part.map(print).join("");
}
