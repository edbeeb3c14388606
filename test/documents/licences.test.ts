/** The packages that are installed with sureseg, under which licences. `npm run licences` writes the page anew. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** By name; one that is installed in several versions has several. */
function installed(): { name: string; version: string; licence: string }[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .map(([path, { version, license }]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      licence: license ?? "none stated",
    }))
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** What may be installed beside an Apache-2.0 program without changing what its users may do. */
const accepted = new Set([
  "0BSD",
  "(Apache-2.0 AND BSD-3-Clause)",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "(MIT OR CC0-1.0)",
  // Weak copyleft: it holds for changed files of the package itself.
  "MPL-2.0",
  "Unlicense",
]);

const page = (): string => {
  const rows = installed().map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return `# Licences of other packages

What is installed with sureseg, on one system or another, as \`package-lock.json\` has it. Nothing of it is changed. Written by
\`npm run licences\`; the package also carries a bill of materials (CycloneDX) as \`sbom.cdx.json\`.

| package | version | licence |
| --- | --- | --- |
${[...new Set(rows)].join("\n")}
`;
};

it("licences.md lists what is installed", async () => {
  await expect(page()).toMatchFileSnapshot(join(root, "docs", "licences.md"));
});

it("every licence is one that was looked at", () => {
  expect(installed().length).toBeGreaterThan(100);
  expect(installed().filter(({ licence }) => !accepted.has(licence))).toEqual([]);
});
