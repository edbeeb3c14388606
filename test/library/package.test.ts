/**
 * The package as `npm pack` makes it, installed into an empty folder and used there. Nothing is fetched: the folder starts with
 * this repository's packages, of which npm keeps those that the package asks for and removes the others.
 */
import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shippedBundle } from "../../src/run/bundle-folder.js";
import { bundleFolder, Phantoms } from "./bundle-of-phantoms.js";

const root = resolve(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "sureseg-package-"));
const source = join(scratch, "source");
const consumer = join(scratch, "consumer");
const phantoms = new Phantoms();

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Away from the settings of the npm that may run these tests. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_")),
);

const run = (folder: string, command: string, ...args: string[]): Promise<Outcome> =>
  new Promise((done) => {
    execFile(
      command,
      args,
      { cwd: folder, env: environment, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        done({ status: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });

async function packed(): Promise<{ filename: string; files: { path: string }[]; unpackedSize: number }> {
  mkdirSync(source);
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
  expect(files).toContain("bundle");
  for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist"])
    cpSync(join(root, name), join(source, name), { recursive: true });
  // Until a bundle ships, the package is tried with a tiny one in its place.
  cpSync(shippedBundle() ?? bundleFolder, join(source, "bundle"), { recursive: true });
  const bill = await run(
    root,
    process.execPath,
    "deploy/bill-of-materials.mjs",
    join(source, "sbom.cdx.json"),
  );
  expect(bill.status, bill.stderr).toBe(0);
  const { stdout, stderr, status } = await run(source, "npm", "pack", "--ignore-scripts", "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout)[0];
}

/** Links where the file system can, for these are hundreds of megabytes. */
function copyPackages(): void {
  const [from, to] = [join(root, "node_modules"), join(consumer, "node_modules")];
  try {
    execFileSync("cp", ["-al", from, to], { stdio: "ignore" });
  } catch {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  }
}

let tarball: Awaited<ReturnType<typeof packed>>;

beforeAll(async () => {
  await phantoms.make();
  tarball = await packed();
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  copyPackages();
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  const { status, stderr } = await run(consumer, "npm", ...install, join(source, tarball.filename));
  expect(status, stderr).toBe(0);
}, 120_000);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  phantoms.remove();
});

describe("the package", () => {
  it("holds what it needs and nothing else", () => {
    const paths = tarball.files.map(({ path }) => path);
    const expected =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|sbom\.cdx\.json|bundle\/[\w.-]+|dist\/.+\.(js|d\.ts))$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|fixtures|oracle/.test(path))).toEqual([]);
    for (const path of [
      "LICENSE",
      "README.md",
      "bundle/manifest.json",
      "dist/cli/main.js",
      "dist/library/web.d.ts",
    ])
      expect(paths).toContain(path);
    expect(tarball.unpackedSize).toBeLessThan(12_000_000);
  });

  it("brings a bill of materials, with every dependency in its very version, licence and hash", () => {
    const { name, version, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const path = join(consumer, "node_modules", "sureseg", "sbom.cdx.json");
    const { bomFormat, metadata, components } = JSON.parse(readFileSync(path, "utf8"));
    expect(bomFormat).toBe("CycloneDX");
    expect(metadata.component).toMatchObject({
      name,
      version,
      licenses: [{ license: { id: "Apache-2.0" } }],
    });
    const listed = components.map((one: { name: string; version: string }) => `${one.name}@${one.version}`);
    for (const [dependency, wanted] of Object.entries(dependencies)) {
      expect(listed).toContain(`${dependency}@${wanted}`);
    }
    for (const one of components) {
      expect([one.licenses?.length ?? 0, one.hashes?.length ?? 0], one.name).toEqual([1, 1]);
    }
    expect(listed.filter((one: string) => /^(vitest|typescript)@/.test(one))).toEqual([]);
  });

  it("asks for no package that its programs do not import", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const code = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(root, "src", name), "utf8"))
      .concat(readFileSync(join(root, "package.json"), "utf8").replace(/"dependencies"[\s\S]*/, ""))
      .join("\n");
    const unused = Object.keys(dependencies).filter((name) => !new RegExp(`"${name}(/[^"]*)?"`).test(code));
    expect(unused).toEqual([]);
  });

  it("installed, has its own dependencies and none of this repository's tools", () => {
    const installed = (name: string): boolean => existsSync(join(consumer, "node_modules", name));
    expect(installed("sureseg") && installed("onnxruntime-node") && installed("zod")).toBe(true);
    expect(["vitest", "typescript", "@biomejs/biome", "playwright-core"].filter(installed)).toEqual([]);
  });

  it("npx sureseg predict SCAN gives a verdict and a mask with the bundle that comes with it", async () => {
    cpSync(phantoms.liver(), join(consumer, "scan.nii.gz"));
    const { status, stdout, stderr } = await run(
      consumer,
      "npx",
      "--offline",
      "sureseg",
      "predict",
      "scan.nii.gz",
      "--quiet",
    );
    expect([0, 3], stderr).toContain(status);
    expect(stdout).toMatch(/^scan\.nii\.gz: (trusted|FOREIGN \(.+\)), p = /);
    expect(existsSync(join(consumer, "scan_mask.nii.gz"))).toBe(true);
  });

  it("is imported by its two names and by no other", async () => {
    const program = `
      const [root, web] = [await import("sureseg"), await import("sureseg/web")];
      const inside = await import("sureseg/dist/cli/main.js").catch(({ code }) => code);
      const bundle = await root.openBundle();
      const { verdict } = await root.check(bundle, "scan.nii.gz");
      await bundle.close();
      console.log(JSON.stringify([Object.keys(root), Object.keys(web), inside, typeof verdict.foreign]));`;
    writeFileSync(join(consumer, "use.mjs"), program);
    cpSync(phantoms.liver(), join(consumer, "scan.nii.gz"));
    const { stdout, stderr } = await run(consumer, process.execPath, "use.mjs");
    expect(stderr).toBe("");
    const [node, web, inside, foreign] = JSON.parse(stdout);
    expect(node).toEqual([
      "UserError",
      "check",
      "encodeResult",
      "fitGuard",
      "openBundle",
      "predict",
      "writePrediction",
    ]);
    expect(web).toEqual(["UserError", "check", "encodeResult", "openBundle", "predict"]);
    expect([inside, foreign]).toEqual(["ERR_PACKAGE_PATH_NOT_EXPORTED", "boolean"]);
  });

  it("brings its types", async () => {
    cpSync(join(import.meta.dirname, "consumer.ts"), join(consumer, "consumer.ts"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"];
    const { status, stdout } = await run(
      consumer,
      join(root, "node_modules/.bin/tsc"),
      ...options,
      "consumer.ts",
    );
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

it("npm says nothing that a user would have to wonder about", async () => {
  const { stdout, stderr } = await run(root, "npm", "run", "sureseg", "--", "--version");
  expect(stdout).toMatch(/^\d+\.\d+\.\d+$/m);
  expect(stderr).toBe("");
});
