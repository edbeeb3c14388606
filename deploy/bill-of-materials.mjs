/**
 * Writes the package's bill of materials (CycloneDX): every package that is installed with it, with version, licence and hash.
 *
 * npm lists all packages; its own way to leave out what only development needs (`--omit dev`, npm 11) leaves out some that both need.
 *
 * usage: node deploy/bill-of-materials.mjs [sbom.cdx.json]
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const json = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));
const options = ["--sbom-format", "cyclonedx", "--sbom-type", "library", "--package-lock-only"];
const text = execFileSync("npm", ["sbom", ...options], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });

/** As the lock file has it, `name@version`. */
const installed = new Set(
  Object.entries(json("package-lock.json").packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`),
);

const bill = JSON.parse(text);
bill.components = bill.components.filter(({ name, version }) => installed.has(`${name}@${version}`));
for (const component of bill.components) {
  const { properties = [] } = component;
  component.properties = properties.filter(({ name }) => name !== "cdx:npm:package:development");
}
const kept = new Set([
  bill.metadata.component["bom-ref"],
  ...bill.components.map((component) => component["bom-ref"]),
]);
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
// npm calls a package by the folder that it lies in.
bill.metadata.component.name = json("package.json").name;
writeFileSync(process.argv[2] ?? join(root, "sbom.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
const lost = [...installed].filter(
  (name) => !bill.components.some((component) => `${component.name}@${component.version}` === name),
);
if (lost.length > 0) {
  process.stderr.write(`npm sbom does not list ${lost.join(", ")}\n`);
  process.exitCode = 1;
}
