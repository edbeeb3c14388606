/** examples/browser in headless Chromium: the library's entry for browsers, bundled as a user bundles it. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check, openBundle } from "../../src/node/index.js";
import { bundleFolder, Phantoms } from "../library/bundle-of-phantoms.js";
import { type Chromium, chromiumPath, openChromium } from "./chromium.js";

const root = resolve(import.meta.dirname, "../..");

describe.skipIf(chromiumPath === undefined)("in Chromium (skipped where there is none)", () => {
  const built = mkdtempSync(join(tmpdir(), "sureseg-example-"));
  const phantoms = new Phantoms();
  const requests: string[] = [];
  let chromium: Chromium;

  beforeAll(async () => {
    await phantoms.make();
    cpSync(bundleFolder, join(phantoms.folder, "public", "bundle"), { recursive: true });
    const fromNode: string[] = [];
    const noNode = {
      name: "no-node",
      enforce: "pre" as const,
      resolveId(id: string, importer: string | undefined) {
        if (id.startsWith("node:")) fromNode.push(`${id} in ${importer}`);
      },
    };
    await build({
      root: join(root, "examples/browser"),
      base: "./",
      configFile: false,
      logLevel: "error",
      publicDir: join(phantoms.folder, "public"),
      build: { outDir: built, emptyOutDir: true, target: "es2022" },
      worker: { format: "es", plugins: () => [noNode] },
      resolve: { alias: { "sureseg/web": join(root, "src/library/web.ts") } },
    });
    expect(fromNode).toEqual([]);
    chromium = await openChromium(built, new Map());
    chromium.page.on("request", (request) => requests.push(request.url()));
  }, 120_000);
  afterAll(async () => {
    await chromium?.close();
    rmSync(built, { recursive: true, force: true });
    phantoms.remove();
  });

  const sentenceOn = async (...files: string[]): Promise<string> => {
    await chromium.page.setInputFiles("#scan", files);
    const verdict = chromium.page.locator("#verdict");
    await verdict
      .filter({ hasNotText: "Looking at it" })
      .filter({ hasNotText: "Choose a scan" })
      .waitFor({ timeout: 50_000 });
    return (await verdict.textContent())!;
  };

  it("says of a scan what Node says, offers its mask, and asks nobody else", async () => {
    const bundle = await openBundle(bundleFolder, { threads: 1 });
    const { verdict, warnings } = await check(bundle, phantoms.liver());
    await bundle.close();
    const sentence = await sentenceOn(phantoms.liver());
    expect(verdict.foreign).toBe(false);
    expect(sentence).toContain(`Trusted. Looks like ${verdict.nearest.dataset}, p = `);
    expect(sentence).toContain(warnings[0]);
    const [download] = await Promise.all([
      chromium.page.waitForEvent("download"),
      chromium.page.locator("#mask").click(),
    ]);
    expect(readFileSync((await download.path())!).length).toBeGreaterThan(100);
    const here = new URL(chromium.page.url()).origin;
    expect(requests.filter((url) => !url.startsWith(here) && !url.startsWith("blob:"))).toEqual([]);
    expect(requests.length).toBeGreaterThan(0);
  });

  it("says one sentence of what is no scan, and lives on", async () => {
    expect(await sentenceOn(import.meta.filename)).toMatch(
      /^library\.test\.ts: found bytes of no known image format/,
    );
    expect(await sentenceOn(phantoms.liver())).toMatch(/^Trusted/);
  });
});
