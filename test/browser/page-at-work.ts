/** The built page in headless Chromium, on a server that does nothing but hand out files, in a folder of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./chromium.js";
import { serve } from "./static-server.js";

const FOLDER = "/hospital/page/";

/** Not large: without a graphics card every pixel costs. */
const SIZE = { width: 1100, height: 760 };

export interface PageAtWork {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly origin: string;
  /** The page's own address. */
  readonly address: string;
  /** Addresses of all requests so far, of every page and worker. */
  readonly requests: readonly string[];
  /** Scratch folder for files to give and files that were saved. */
  readonly scratch: string;
  /** Gives a file, several, or a folder, as the buttons do. */
  give(kind: "files" | "folder", paths: string | readonly string[]): Promise<void>;
  /** Gives a scan and answers what the page asks with the button of that text; done when the verdict is there. */
  segment(path: string, answer: string): Promise<void>;
  /** Path of the file that the button saves. */
  saved(button: string): Promise<string>;
  stopServer(): Promise<void>;
  close(): Promise<void>;
}

/** @param bundle folder of the bundle that the page comes with */
export async function openPage(bundle: string): Promise<PageAtWork> {
  const scratch = mkdtempSync(join(tmpdir(), "sureseg-page-"));
  const out = join(scratch, "page");
  await buildPage(bundle, out);
  const server = await serve({ folder: out, at: FOLDER });
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: SIZE, colorScheme: "light" });
  const requests: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  const errors: Error[] = [];
  context.on("weberror", (error) => errors.push(error.error()));
  const page = await context.newPage();
  // A loaded machine is slow, not wrong.
  page.setDefaultTimeout(120_000);
  const address = `${server.origin}${FOLDER}`;
  await page.goto(address);

  const give: PageAtWork["give"] = (kind, paths) =>
    page.setInputFiles(`input[data-kind=${kind}]`, typeof paths === "string" ? paths : [...paths]);
  return {
    page,
    context,
    origin: server.origin,
    address,
    requests,
    scratch,
    give,
    async segment(path, answer) {
      await give("files", path);
      await page.click(`.question button:has-text("${answer}")`);
      await page.waitForSelector(".verdict");
    },
    async saved(button) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
      const path = join(scratch, download.suggestedFilename());
      await download.saveAs(path);
      return path;
    },
    stopServer: server.close,
    async close() {
      await browser.close();
      await server.close();
      rmSync(scratch, { recursive: true, force: true });
      if (errors.length > 0) throw new AggregateError(errors, "the page failed");
    },
  };
}

/** As `npm run build:page` does, into another folder. @param bundle a folder without one for a page that comes without */
export async function buildPage(bundle: string, out: string): Promise<void> {
  const vite = dirname(createRequire(import.meta.url).resolve("vite/package.json"));
  const command = [join(vite, "bin/vite.js"), "build", "app", "--outDir", out, "--logLevel", "error"];
  await promisify(execFile)(process.execPath, command, {
    cwd: resolve(import.meta.dirname, "../.."),
    env: { ...process.env, NODE_ENV: "production", SURESEG_BUNDLE: bundle },
  });
}
