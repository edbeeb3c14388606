/**
 * How long one window's forward pass takes in the page, on the processor, against Node: the same network, window and number of
 * threads. Needs a build and Chromium.
 *
 *   node bench/page-forward.mjs [BUNDLE] [THREADS] [ROUNDS]
 *
 * The two take turns, three passes each. `wall` is of the middle pass, `quickest` of the quickest of all rounds, and `processor` is
 * processor time of all threads for one pass: with one thread it hardly depends on what else the machine does. All are medians over
 * rounds in milliseconds; `ratio` is the median of the rounds' ratios. `difference` is the largest by which a logit differs, divided by
 * the largest logit.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, runnerImport } from "vite";
import { openModel } from "../dist/bundle/open-model.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { median } from "./measure.mjs";
import { ForwardPass } from "./page-forward/forward-pass.mjs";

const PASSES = 3;
/** The first passes run code that the browser has not made fast yet. */
const FIRST_ROUNDS = 4;

const root = resolve(import.meta.dirname, "..");
const [bundle = join(root, "bundle"), threads = availableParallelism(), rounds = 9] = process.argv.slice(2);
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
const read = (name) => JSON.parse(readFileSync(join(bundle, name), "utf8"));

const model = new Uint8Array(readFileSync(join(bundle, "model.onnx")));
const image = { window: read("inference.json").window, channels: read("labels.json").inputChannels.length };

const chromium = await openBenchmarkPage();
const { page } = chromium;
try {
  const asked = [Number(threads), image, PASSES];
  await page.evaluate(([threads, image]) => network.open("/files/model.onnx", threads, image), asked);
  const session = await openModel(nodeEngine({ threads: Number(threads) }), model);
  const own = new ForwardPass(session, image);
  const devTools = await page.context().browser().newBrowserCDPSession();
  const contenders = {
    page: {
      times: () => page.evaluate(([, , passes]) => network.times(passes), asked),
      processor: async () => {
        const { processInfo } = await devTools.send("SystemInfo.getProcessInfo");
        return total(
          processInfo.filter(({ type }) => type === "renderer").map(({ cpuTime }) => cpuTime * 1000),
        );
      },
    },
    node: {
      times: () => own.times(PASSES),
      processor: async () => total(Object.values(process.cpuUsage())) / 1000,
    },
  };
  const measured = {};
  for (const [name, { times }] of Object.entries(contenders)) {
    measured[name] = { passes: [], rounds: [], processor: [] };
    for (let round = 0; round < FIRST_ROUNDS; round++) await times();
  }
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, { times, processor }] of Object.entries(contenders)) {
      const before = await processor();
      const passes = await times();
      measured[name].processor.push(((await processor()) - before) / PASSES);
      measured[name].rounds.push(median(passes));
      measured[name].passes.push(...passes);
    }
  }
  const [inPage, inNode] = [await page.evaluate(() => network.logits()), own.logits()];
  await session.release();
  const compared = (one) => {
    const [inPage, inNode] = [one(measured.page), one(measured.node)];
    return {
      page: median(inPage),
      node: median(inNode),
      ratio: median(inPage.map((time, round) => time / inNode[round])),
    };
  };
  console.log(
    JSON.stringify({
      threads: Number(threads),
      isolated: await page.evaluate(() => crossOriginIsolated),
      wall: compared(({ rounds }) => rounds),
      quickest: compared(({ passes }) => [Math.min(...passes)]),
      processor: compared(({ processor }) => processor),
      difference: largest(inPage.map((logit, at) => logit - inNode[at])) / largest(inNode),
    }),
  );
} finally {
  await chromium.close();
}

/** The benchmark's page, built as the product's page is, with the network and ONNX Runtime's files beside it. */
async function openBenchmarkPage() {
  const built = mkdtempSync(join(tmpdir(), "sureseg-forward-"));
  try {
    await build({
      root: join(import.meta.dirname, "page-forward"),
      configFile: false,
      logLevel: "error",
      build: { outDir: built, target: "es2022" },
      worker: { format: "es" },
      resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser"] },
    });
    const { module } = await runnerImport(join(root, "test/browser/chromium.ts"));
    const runtime = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
    const files = runtime.map((name) => [
      name,
      readFileSync(join(root, "node_modules/onnxruntime-web/dist", name)),
    ]);
    const opened = await module.openChromium(built, new Map([...files, ["model.onnx", model]]));
    return { ...opened, close: () => opened.close().finally(() => rmSync(built, { recursive: true })) };
  } catch (error) {
    rmSync(built, { recursive: true, force: true });
    throw error;
  }
}
