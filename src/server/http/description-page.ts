/** The API description as a page: made on the server from the description itself, without scripts and without network. */
import { escapeText } from "../../report/escape.js";

/** As much of OpenAPI 3.1 as the page shows. */
interface Description {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Body;
  readonly responses?: Readonly<Record<string, Body & { readonly description: string }>>;
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
  h2 { margin-top: 2.5rem; border-top: 1px solid #8884; padding-top: 1rem; }
  code, pre { font: 14px/1.4 ui-monospace, monospace; }
  pre { padding: .75rem; overflow-x: auto; background: #8881; }
  .method { display: inline-block; min-width: 4rem; font-weight: bold; }
  th, td { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }
  :root { color-scheme: light dark; }
`;

/** @returns HTML, whole */
export function descriptionPage(description: Description): string {
  const { info, paths = {}, components } = description;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationSection(method, path, operation)),
  );
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<h3 id="schema-${escapeText(name)}">${escapeText(name)}</h3>${json(schema)}`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeText(info.title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeText(info.title)} <small>${escapeText(info.version)}</small></h1>
${paragraphs(info.description)}
<p>The description itself: <a href="/openapi.json">openapi.json</a>.</p>
${operations.join("\n")}
<h2>Schemas</h2>
${schemas.join("\n")}
</body></html>
`;
}

function operationSection(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation;
  const parameterRows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escapeText(parameter.name)}</code></td><td>${escapeText(parameter.in)}</td></tr>`,
  );
  const responseRows = Object.entries(responses).map(
    ([status, response]) =>
      `<tr><td>${escapeText(status)}</td><td>${escapeText(response.description)}</td><td>${mediaTypes(response)}</td></tr>`,
  );
  return `<section>
<h2><code><span class="method">${escapeText(method.toUpperCase())}</span>${escapeText(path)}</code></h2>
${paragraphs(summary)}${paragraphs(description)}
${parameterRows.length > 0 ? `<h3>Parameters</h3><table>${parameterRows.join("")}</table>` : ""}
${requestBody === undefined ? "" : `<h3>Body</h3>${bodies(requestBody)}`}
<h3>Answers</h3><table>${responseRows.join("")}</table>
</section>`;
}

const bodies = ({ content = {} }: Body): string =>
  Object.entries(content)
    .map(([type, { schema }]) => `<p><code>${escapeText(type)}</code></p>${json(schema)}`)
    .join("");

const mediaTypes = ({ content = {} }: Body): string =>
  Object.entries(content)
    .map(([type, { schema }]) => {
      const [, name] = /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(schema ?? {})) ?? [];
      const named =
        name === undefined ? "" : ` (<a href="#schema-${escapeText(name)}">${escapeText(name)}</a>)`;
      return `<code>${escapeText(type)}</code>${named}`;
    })
    .join(", ");

const paragraphs = (text: string | undefined): string =>
  (text ?? "")
    .split("\n\n")
    .filter((part) => part !== "")
    .map((part) => `<p>${escapeText(part)}</p>`)
    .join("");

const json = (value: unknown): string => `<pre>${escapeText(JSON.stringify(value, null, 2))}</pre>`;
