/** One HTML file that needs nothing else: no script, no font, no picture from elsewhere. */
import { type Html, html, trusted } from "./html.js";
import { FAINT, GRID, INK } from "./palette.js";

export interface PagePart {
  /** Anchor. */
  readonly name: string;
  readonly title: string;
  readonly content: Html;
}

const style = `
:root { color: ${INK}; background: #fff; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
body { max-width: 860px; margin: 0 auto; padding: 24px 16px 80px }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px }
h2 { font-size: 19px; margin: 44px 0 8px; border-bottom: 1px solid ${GRID}; padding-bottom: 4px }
nav { color: ${FAINT}; margin-bottom: 8px } nav a { margin-right: 14px } a { color: #0b5cad }
figure { margin: 16px 0 } figure svg { max-width: 100%; height: auto }
figcaption, .faint { color: ${FAINT}; font-size: 13px }
.table { overflow-x: auto; margin: 12px 0 } table { border-collapse: collapse; font-size: 13px }
th, td { padding: 3px 12px 3px 0; border-bottom: 1px solid ${GRID}; vertical-align: top }
th { color: ${FAINT}; font-weight: 600 } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums } .text { text-align: left }
.key { margin-right: 18px } .key i { display: inline-block; width: 18px; height: 4px; margin-right: 6px; vertical-align: middle; outline: 1px solid #0003 }
pre { background: #f6f8fa; padding: 12px; overflow-x: auto; font-size: 12px }
li { margin: 4px 0 }
@media print { nav { display: none } h2 { break-after: avoid } figure, tr { break-inside: avoid } }
`;

export function page(title: string, subtitle: string, parts: readonly PagePart[]): string {
  return html`${trusted("<!doctype html>")}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<h1>${title}</h1>
<p class="faint">${subtitle}</p>
<nav>${parts.map(({ name, title: text }) => html`<a href="#${name}">${text}</a> `)}</nav>
${parts.map(
  ({ name, title: text, content }) => html`<section id="${name}">
<h2>${text}</h2>
${content}
</section>
`,
)}</body>
</html>
`.text;
}
