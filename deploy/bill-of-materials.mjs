/**
 * Writes the package's bill of materials (CycloneDX): every package that is installed with it, with version, licence and hash.
 *
 * usage: node deploy/bill-of-materials.mjs [sbom.cdx.json]
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const options = [
  "--sbom-format",
  "cyclonedx",
  "--sbom-type",
  "library",
  "--omit",
  "dev",
  "--package-lock-only",
];
const text = execFileSync("npm", ["sbom", ...options], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
const bill = JSON.parse(text);
// npm calls a package by the folder that it lies in.
bill.metadata.component.name = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).name;
writeFileSync(process.argv[2] ?? join(root, "sbom.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
