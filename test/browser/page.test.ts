/**
 * The page, built and served as static files, in headless Chromium: it says and draws what Node computes, keeps everything to
 * itself, and lives on whatever it is given. In the order of the tests below, for they share one page.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { texts } from "../../app/texts.js";
import { type ImagePrediction, openBundle, openNetworks, predictImage } from "../../src/bundle/index.js";
import { makePhantomDatasets, readVolumeFile } from "../../src/dataset/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { readVolume } from "../../src/sources/index.js";
import { readSegmentationFile } from "../segmentation-file.js";
import { chromiumPath } from "./chromium.js";
import { greedyBundle } from "./greedy-bundle.js";
import { openPage, type PageAtWork } from "./page-at-work.js";

const bundleFolder = join(import.meta.dirname, "../oracle/fixtures/bundle-version-1");
const dicomZip = join(import.meta.dirname, "../oracle/fixtures/dicom/jpeg-2000.zip");
const twoVolumesZip = join(import.meta.dirname, "../oracle/fixtures/dicom/enhanced-two-volumes.zip");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const bundleFiles = (): Record<string, Uint8Array> =>
  Object.fromEntries(readdirSync(bundleFolder).map((name) => [name, readFileSync(join(bundleFolder, name))]));

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 });

describe.skipIf(chromiumPath === undefined)("the page in Chromium (skipped where there is none)", () => {
  let at: PageAtWork;
  let known: string;
  let foreign: string;

  beforeAll(async () => {
    at = await openPage(bundleFolder);
    const options = { casesPerDataset: 3, foreignCasesPerKind: 1, shape: [24, 24, 20] } as const;
    const made = await makePhantomDatasets(join(at.scratch, "data"), options);
    // One that the network was trained on: nothing hangs on the last digit of its measure.
    known = join(made.datasets[0]!.folder, "imagesTr", "case_03.nii.gz");
    foreign = join(made.foreign[0]!.folder, "images", "case_01.nii.gz");
  });
  afterAll(() => at?.close());

  /** What Node makes of the same file with the same bundle. */
  async function inNode(path: string, modality: "CT" | "MR"): Promise<ImagePrediction> {
    const bundle = await openBundle(bundleFiles());
    const opened = await openNetworks(nodeEngine(), bundle);
    const volume = await readVolumeFile(path);
    const prediction = await predictImage(opened, { volume, modalities: [modality], name: path });
    await opened.session.release();
    return prediction;
  }

  async function expectSame({ labels, verdict }: ImagePrediction): Promise<void> {
    const path = await at.saved("[data-form=nifti]");
    const mask = await readVolume(readFileSync(path), path);
    expect(mask.affine).toEqual(labels.affine);
    const others = labels.data.reduce((count, label, n) => count + Number(label !== mask.data[n]), 0);
    expect(others / labels.data.length).toBeLessThanOrEqual(1e-4);
    expect(labels.data.some((label) => label > 0)).toBe(true);
    expect(await at.page.getAttribute(".verdict", "data-foreign")).toBe(String(verdict.foreign));
    const figures = texts.verdict.figures(verdict.measure, verdict.threshold, verdict.pValue);
    expect(await at.page.textContent(".verdict")).toContain(figures);
  }

  async function violations(): Promise<string[]> {
    await at.page.evaluate(axeSource);
    const { violations: found } = await at.page.evaluate<AxeResults>("axe.run()");
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("; ")}`);
  }

  /** The page's card names its bundle by the hash of the manifest. */
  async function untilOpen(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const { fingerprint } = await openBundle(files);
    await at.page.waitForFunction(
      (start) => document.querySelector("details.bundle")?.textContent?.includes(start),
      fingerprint.slice(0, 16),
    );
  }

  /** How often the viewer has drawn from now on: NiiVue waits for every picture. */
  async function countDrawing(): Promise<() => Promise<number>> {
    const counter = await at.page.evaluateHandle(() => {
      const counted = { pictures: 0 };
      const { finish } = WebGL2RenderingContext.prototype;
      WebGL2RenderingContext.prototype.finish = function () {
        counted.pictures++;
        finish.call(this);
      };
      return counted;
    });
    return () => counter.evaluate(({ pictures }) => pictures);
  }

  const failure = (): Promise<string | null> => at.page.textContent(".failure p");

  it("isolates itself where the server does not, computes with threads, and says so", async () => {
    await at.page.waitForFunction(() => crossOriginIsolated);
    const computing = await at.page.textContent("[data-computing=cpu]");
    expect(computing).toMatch(/on (\d+ threads|one thread) of the processor \(WebAssembly\): .*WebGPU/);
    expect(await violations()).toEqual([]);
  });

  it("trusts a scan like those of training: the mask and the verdict are Node's", async () => {
    const drawn = await countDrawing();
    await at.segment(known, "CT");
    const prediction = await inNode(known, "CT");
    await expectSame(prediction);
    const words = await at.page.textContent(".verdict");
    expect(words).toContain("Trusted.");
    expect(words).toContain("Looks like liver CT; of 100 such images");
    const [organ] = prediction.volumes;
    const table = await at.page.textContent(".volumes table");
    expect(table).toContain("liver or kidneys");
    expect(table).toContain(texts.volumes.value(organ!.mask));
    expect(table).toContain(texts.volumes.rangeValue(organ!.low, organ!.high));
    expect(await at.page.locator(".plane circle").count()).toBe(8);
    // One for the scan and one for the mask; changes of the page's layout add some.
    await vi.waitFor(async () => expect(await drawn()).toBeGreaterThanOrEqual(2), 20_000);
    expect(await drawn()).toBeLessThanOrEqual(5);
  });

  it("is accessible: light, dark, on a phone", async () => {
    expect(await violations()).toEqual([]);
    await at.page.emulateMedia({ colorScheme: "dark" });
    expect(await violations()).toEqual([]);
    await at.page.setViewportSize({ width: 390, height: 844 });
    expect(await violations()).toEqual([]);
    expect(await at.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await at.page.emulateMedia({ colorScheme: "light" });
    await at.page.setViewportSize({ width: 1100, height: 760 });
  });

  it("is used with the keyboard alone", async () => {
    const { page } = at;
    await page.focus("input[name=view][value=multi]");
    await page.keyboard.press("ArrowRight");
    expect(await page.isChecked("input[name=view][value=axial]")).toBe(true);
    await page.keyboard.press("ArrowLeft");
    const slider = page.locator(".position input").first();
    await slider.focus();
    await page.keyboard.press("End");
    expect(await slider.inputValue()).toBe("100");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("range");
  });

  it("saves a report that stands alone", async () => {
    const html = readFileSync(await at.saved("[data-form=report]"), "utf8");
    for (const part of ["Trusted.", "Volume", "<svg", "data:image/jpeg", "liver or kidneys"]) {
      expect(html).toContain(part);
    }
    expect(html).not.toMatch(/src="(?!data:)|href="|<script/);
  });

  it("hides a foreign scan's mask until it is asked for", async () => {
    const { page } = at;
    await at.segment(foreign, "CT");
    expect(await page.textContent(".verdict")).toContain(
      "Foreign: unlike anything this network was trained on. Do not use this mask.",
    );
    for (const hidden of [".volumes", "[data-form=nifti]", "input[name=mask]"]) {
      expect(await page.locator(hidden).count(), hidden).toBe(0);
    }
    expect(await violations()).toEqual([]);
    await page.click(`button:has-text("${texts.verdict.reveal}")`);
    await page.waitForSelector(".volumes");
    await expectSame(await inNode(foreign, "CT"));
  });

  it("takes DICOM, knows its modality, and gives a segmentation for archives", async () => {
    const { page } = at;
    await at.give("files", dicomZip);
    await page.waitForSelector("[data-form=dicom-seg], button:has-text('all the same')");
    const reveal = page.locator("button:has-text('all the same')");
    if (await reveal.isVisible()) await reveal.click();
    const { dataSet } = readSegmentationFile(readFileSync(await at.saved("[data-form=dicom-seg]")));
    expect(dataSet.string("x00080060")).toBe("SEG");
  });

  it("asks which of several volumes is meant", async () => {
    const { page } = at;
    await at.give("files", twoVolumesZip);
    await page.waitForSelector(".question");
    expect(await violations()).toEqual([]);
    await page.click('.question button:has-text("2: ")');
    await page.waitForSelector(".verdict");
    expect(await page.textContent(".scan h2")).toBe("enhanced-two-volumes.zip");
  });

  it("says in a sentence what is wrong with a file, and lives on", async () => {
    const { page, scratch } = at;
    const wrong = join(scratch, "letter.nii.gz");
    writeFileSync(wrong, "Dear colleague");
    await at.give("files", wrong);
    expect(await failure()).toMatch(
      /letter\.nii\.gz: found bytes of no known image format, expected a NIfTI/,
    );
    expect(await violations()).toEqual([]);

    const cut = join(scratch, "cut.nii.gz");
    writeFileSync(cut, readFileSync(known).subarray(0, 3000));
    await at.give("files", cut);
    await page.waitForSelector('.failure:has-text("cut.nii.gz")');

    const huge = join(scratch, "huge.nii");
    writeFileSync(huge, "");
    truncateSync(huge, 3e9);
    await at.give("files", huge);
    await page.waitForSelector('.failure:has-text("huge.nii")');
    expect(await failure()).toBe(
      "huge.nii: found 3.0 GB, expected at most 2 GB in a browser. Use the command line for it.",
    );
    await page.click(`button:has-text("${texts.failure.dismiss}")`);
    await at.segment(known, "CT");
  });

  it("refuses a bundle that was altered by a byte, and keeps the one that it has", async () => {
    const folder = join(at.scratch, "altered");
    cpSync(bundleFolder, folder, { recursive: true });
    const model = readFileSync(join(folder, "model.onnx"));
    model[1000]! ^= 1;
    writeFileSync(join(folder, "model.onnx"), model);
    await at.give("folder", folder);
    await at.page.waitForSelector(".failure");
    expect(await failure()).toMatch(/bundle, model\.onnx: found other content/);
    await at.segment(known, "CT");
  });

  it("stops when it is told to, and can start again", async () => {
    const { page } = at;
    await page.evaluate((label) => {
      // As fast as no person is: before the work can be done.
      new MutationObserver((_, observer) => {
        const buttons = [...document.querySelectorAll("button")];
        const cancel = buttons.find(({ textContent }) => textContent === label);
        if (cancel === undefined) return;
        observer.disconnect();
        cancel.click();
      }).observe(document.body, { childList: true, subtree: true });
    }, texts.work.cancel);
    await at.give("files", known);
    await page.waitForSelector(`[role=status]:has-text("${texts.work.cancelled}")`, { state: "attached" });
    expect(await page.locator(".work, .scan, .failure").count()).toBe(0);
    await at.segment(known, "CT");
  });

  it("survives a network for which there is not enough memory, and takes another bundle when it is dropped", async () => {
    const { page } = at;
    const folder = join(at.scratch, "greedy");
    mkdirSync(folder);
    const greedy = await greedyBundle(await openBundle(bundleFiles()));
    for (const [name, bytes] of Object.entries(greedy)) writeFileSync(join(folder, name), bytes);
    await at.give("folder", folder);
    await untilOpen(greedy);
    await at.give("files", known);
    await page.click('.question button:has-text("CT")');
    await page.waitForSelector(".failure");
    expect(await failure()).toBe(texts.failure.memory);

    const names = readdirSync(bundleFolder);
    const contents = names.map((name) => readFileSync(join(bundleFolder, name)).toString("base64"));
    await page.evaluate(
      ([files, data]) => {
        const dropped = new DataTransfer();
        files.forEach((name, n) => {
          const bytes = Uint8Array.from(atob(data[n]!), (character) => character.charCodeAt(0));
          dropped.items.add(new File([bytes], name));
        });
        dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
      },
      [names, contents] as const,
    );
    await untilOpen(bundleFiles());
    await at.segment(known, "CT");
    expect(await page.locator(".failure").count()).toBe(0);
  });

  it("says the same on a graphics card", async () => {
    const { page } = at;
    await page.goto(`${at.address}?device=webgpu`);
    await at.segment(known, "CT");
    expect(await page.textContent("[data-computing=webgpu]")).toContain("on the graphics card");
    await expectSame(await inNode(known, "CT"));
    await page.goto(at.address);
  });

  it("works without its server, and guesses what nobody knows", async () => {
    copyFileSync(known, join(at.scratch, "later.nii.gz"));
    await at.stopServer();
    await at.page.reload();
    await at.segment(join(at.scratch, "later.nii.gz"), texts.modality.unknown);
    expect(await at.page.getAttribute(".verdict", "data-foreign")).toBe("false");
    expect(await at.page.textContent(".verdict ul")).toContain("it is taken for CT");
  });

  it("asks nothing of any other place, and could not", async () => {
    const elsewhere = at.requests.filter(
      (address) => !address.startsWith(at.origin) && !/^(blob|data):/.test(address),
    );
    expect(elsewhere).toEqual([]);
    expect(at.requests.length).toBeGreaterThan(20);
    // Nor whether there is a server of sureseg: static files say that there is none.
    expect(at.requests.filter((address) => address.includes("/api/"))).toEqual([]);
    const tried = await at.page.evaluate(() =>
      fetch("https://example.org/", { method: "POST", body: "scan", mode: "no-cors" }).then(
        () => "sent",
        () => "refused",
      ),
    );
    expect(tried).toBe("refused");
  });
});
