/** docs/api.md: the library's two entries, in the words of their docstrings. */
import { type Entry, type Exported, publicSurface } from "../library/public-surface.js";

export function apiPage(): string {
  const [node, web] = publicSurface() as [Entry, Entry];
  const same = new Set(node.exported.map(identity));
  const apart = web.exported.filter((one) => !same.has(identity(one)));
  const shared = web.exported.filter((one) => same.has(identity(one))).map(({ name }) => `\`${name}\``);
  return `${[
    "# The library",
    "Made from the docstrings by `npm run docs`; edit the texts there. `examples/` holds a program for each entry.",
    `## ${node.specifier}`,
    node.comment,
    ...node.exported.map(sectionOf),
    `## ${web.specifier}`,
    web.comment,
    `${shared.join(", ")} are those above.`,
    ...apart.map(sectionOf),
  ].join("\n\n")}\n`;
}

const identity = ({ declaration, comment }: Exported): string => JSON.stringify([declaration, comment]);

function sectionOf({ name, declaration, comment, parameters, throws }: Exported): string {
  return [
    `### ${name}`,
    comment,
    `\`\`\`ts\n${declaration}\n\`\`\``,
    ...(parameters.length > 0
      ? [parameters.map((parameter) => `- \`${parameter.name}\`: ${parameter.text}`).join("\n")]
      : []),
    ...(throws === undefined ? [] : [`Throws ${throws.replace("UserError", "`UserError`")}.`]),
  ].join("\n\n");
}
