/**
 * The page as `sureseg serve` serves it, in headless Chromium: it asks for a token, then where a scan is computed, and the
 * server's mask and verdict are those that the browser computes. In the order of the tests below, for they share one page.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { texts } from "../../app/texts.js";
import { makePhantomDatasets } from "../../src/dataset/index.js";
import { readVolume } from "../../src/sources/index.js";
import { RunningServer } from "../end-to-end/running-server.js";
import { slowBundle } from "../end-to-end/slow-bundle.js";
import { Workplace } from "../end-to-end/workplace.js";
import { readSegmentationFile } from "../segmentation-file.js";
import { chromiumPath, launchChromium } from "./chromium.js";
import { buildPage } from "./page-at-work.js";

const bundle = join(import.meta.dirname, "../oracle/fixtures/bundle-version-1");
const dicomZip = join(import.meta.dirname, "../oracle/fixtures/dicom/jpeg-2000.zip");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 });

describe.skipIf(chromiumPath === undefined)(
  "the served page in Chromium (skipped where there is none)",
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "sureseg-served-"));
    const work = join(scratch, "work");
    const sent: string[] = [];
    let server: RunningServer;
    let browser: Browser;
    let page: Page;
    let token: string;
    let known: string;
    let foreign: string;

    beforeAll(async () => {
      const options = { casesPerDataset: 3, foreignCasesPerKind: 1, shape: [24, 24, 20] } as const;
      const made = await makePhantomDatasets(join(scratch, "data"), options);
      known = join(made.datasets[0]!.folder, "imagesTr", "case_03.nii.gz");
      foreign = join(made.foreign[0]!.folder, "images", "case_01.nii.gz");
      const built = join(scratch, "page");
      await Promise.all([
        buildPage(join(scratch, "none"), built),
        slowBundle(bundle, join(scratch, "endless"), "endless"),
      ]);
      const { folder, sureseg } = new Workplace();
      const tokens = join(scratch, "tokens.json");
      token = (await sureseg("token", "page", "--tokens", tokens)).stdout.trim();
      rmSync(folder, { recursive: true, force: true });
      const bundles = [`quick=${bundle}`, `slow=${join(scratch, "endless")}`];
      const args = [...bundles, "--page", built, "--tokens", tokens, "--work", work, "--threads", "1"];
      server = await RunningServer.start(args, { cwd: scratch, token });
      browser = await launchChromium();
      const context = await browser.newContext({ viewport: { width: 1100, height: 760 } });
      context.on("request", (request) => {
        if (request.method() !== "GET") sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
      });
      page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(`${server.address}/`);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    });

    const give = (path: string): Promise<void> => page.setInputFiles("input[data-kind=files]", path);
    const answer = (text: string): Promise<void> => page.click(`.question button:has-text("${text}")`);

    async function violations(): Promise<string[]> {
      await page.evaluate(axeSource);
      const { violations: found } = await page.evaluate<AxeResults>("axe.run()");
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("; ")}`);
    }

    async function saved(form: string): Promise<Buffer> {
      const button = `[data-form=${form}]`;
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
      return readFileSync(await download.path());
    }

    const voxelsOf = async (file: Buffer): Promise<number[]> =>
      Array.from((await readVolume(file, "mask.nii.gz")).data);
    const jobsLeft = () => readdirSync(join(work, "jobs"));

    it("asks for the token that the server wants, and keeps it in its memory alone", async () => {
      await page.waitForSelector("form.token");
      expect(await page.textContent("form.token")).toContain(
        texts.server.tokenWhy(new URL(server.address).host),
      );
      expect(await violations()).toEqual([]);
      await page.fill("form.token input", "sureseg_wrong");
      await page.press("form.token input", "Enter");
      await page.waitForSelector(`form.token [role=alert]:has-text("${texts.server.tokenRefused}")`);
      expect(await violations()).toEqual([]);
      await page.fill("form.token input", token);
      await page.press("form.token input", "Enter");
      await page.waitForSelector("details.bundle");
      const kept = await page.evaluate(() => [
        JSON.stringify({ ...localStorage, ...sessionStorage }),
        document.cookie,
        document.documentElement.outerHTML,
        location.href,
      ]);
      expect(kept.join(" ")).not.toContain(token);
    });

    it("asks where a scan is computed before anything leaves, and says what leaves", async () => {
      await give(known);
      await page.waitForSelector(".question");
      const question = await page.textContent(".question");
      expect(question).toContain(texts.server.question);
      expect(question).toMatch(/On the server, the scan leaves this browser: it is sent to 127\.0\.0\.1/);
      expect(await violations()).toEqual([]);
      expect(sent).toEqual([]);
      // The first answer, which has the keyboard, is the one by which nothing leaves.
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(texts.server.places.here);
      await page.keyboard.press("Enter");
      await answer("CT");
      await page.waitForSelector(".verdict");
      expect(sent).toEqual([]);
    });

    it("computes on the server what it computes here: the same mask, verdict and volumes", async () => {
      const here = await voxelsOf(await saved("nifti"));
      const shown = () => Promise.all([".verdict", ".volumes table"].map((place) => page.textContent(place)));
      const [words, table] = await shown();
      await page.check("input[name=place][value=server]", { force: true });
      expect(await page.textContent("fieldset.place")).toContain("The scan leaves this browser");
      expect(await violations()).toEqual([]);
      await give(known);
      await page.waitForSelector(".question");
      // Only this browser can guess what nobody knows.
      expect(await page.textContent(".question")).not.toContain(texts.modality.unknown);
      await answer("CT");
      await page.waitForSelector("[data-computing=server]");
      expect(sent).toContain("POST /api/jobs");
      const there = await voxelsOf(await saved("nifti"));
      const others = here.reduce((count, label, at) => count + Number(label !== there[at]), 0);
      expect(others / here.length).toBeLessThanOrEqual(1e-4);
      expect(here.some((label) => label > 0)).toBe(true);
      const [wordsThere, tableThere] = await shown();
      expect(wordsThere).toBe(words);
      expect(tableThere).toBe(table);
      expect(await page.locator(".plane circle").count()).toBe(8);
      expect(await violations()).toEqual([]);
      await expect.poll(jobsLeft).toEqual([]);
    });

    it("hides the mask of a scan that the server finds foreign", async () => {
      await give(foreign);
      await answer("CT");
      await page.waitForSelector(".verdict[data-foreign=true]");
      expect(await page.textContent(".verdict")).toContain(texts.verdict.foreign);
      expect(await page.locator(".volumes").count()).toBe(0);
    });

    it("sends a DICOM series, and saves the segmentation that the server made of it", async () => {
      // The last scan's result, with its own button to reveal the mask, stays until this one has been read.
      const before = await page.waitForSelector(".result");
      await give(dicomZip);
      await before.waitForElementState("hidden");
      await page.waitForSelector("[data-form=dicom-seg], button:has-text('all the same')");
      const reveal = page.locator("button:has-text('all the same')");
      if (await reveal.isVisible()) await reveal.click();
      const { dataSet } = readSegmentationFile(await saved("dicom-seg"));
      expect(dataSet.string("x00080060")).toBe("SEG");
      expect(await page.getAttribute("footer [data-computing]", "data-computing")).toBe("server");
    });

    it("stops on the server too when it is told to", async () => {
      await page.selectOption("select", "slow");
      await page.waitForFunction(
        () =>
          document.querySelector<HTMLSelectElement>("select")?.value === "slow" &&
          document.querySelector("details.bundle"),
      );
      await give(known);
      await answer("CT");
      await page.waitForSelector(".work progress[max]");
      await expect.poll(jobsLeft).toHaveLength(1);
      await page.click(`button:has-text("${texts.work.cancel}")`);
      await page.waitForSelector(`[role=status]:has-text("${texts.work.cancelled}")`, { state: "attached" });
      await expect.poll(jobsLeft).toEqual([]);
    });

    it("says in the server's own words what is wrong, and goes on without it", async () => {
      await page.waitForSelector("details.bundle");
      await page.selectOption("select", "quick");
      await page.waitForFunction(
        () => document.querySelector<HTMLSelectElement>("select")?.value === "quick",
      );
      await server.stop();
      await give(known);
      await answer("CT");
      await page.waitForSelector(`.failure:has-text("${texts.server.lost}")`);
      await page.check("input[name=place][value=here]", { force: true });
      await give(known);
      await answer("CT");
      await page.waitForSelector(".verdict");
    });
  },
);
