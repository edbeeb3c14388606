/**
 * How long one window's forward pass takes in the page, on the processor, against Node: the same network, window and number of
 * threads. Needs a build and Chromium.
 *
 *   node bench/page-forward.mjs [BUNDLE] [THREADS] [ROUNDS]
 *
 * The two take turns. A round of either is the median of three passes, so that the other's threads have gone to rest; `page` and
 * `node` are medians over rounds in milliseconds, `ratio` is the median of the rounds' ratios, and `quickest` is of all passes.
 * `difference` is the largest of all logits, divided by the largest logit.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, runnerImport } from "vite";
import { openModel } from "../dist/bundle/open-model.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { ForwardPass } from "./page-forward/forward-pass.mjs";

const PASSES = 3;
/** The first passes run code that the browser has not made fast yet. */
const FIRST_PASSES = 10;

const root = resolve(import.meta.dirname, "..");
const [bundle = join(root, "bundle"), threads = availableParallelism(), rounds = 9] = process.argv.slice(2);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const read = (name) => JSON.parse(readFileSync(join(bundle, name), "utf8"));

const model = new Uint8Array(readFileSync(join(bundle, "model.onnx")));
const image = { window: read("inference.json").window, channels: read("labels.json").inputChannels.length };

const chromium = await openBenchmarkPage();
const { page } = chromium;
try {
  await page.evaluate(
    ([threads, image]) => network.open("/files/model.onnx", threads, image),
    [Number(threads), image],
  );
  const session = await openModel(nodeEngine({ threads: Number(threads) }), model);
  const own = new ForwardPass(session, image);
  const contenders = { page: () => page.evaluate(() => network.time()), node: () => own.time() };
  const passes = { page: [], node: [] };
  for (const time of Object.values(contenders)) {
    for (let pass = 0; pass < FIRST_PASSES; pass++) await time();
  }
  const medians = { page: [], node: [] };
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, time] of Object.entries(contenders)) {
      const times = [];
      for (let pass = 0; pass < PASSES; pass++) times.push(await time());
      passes[name].push(...times);
      medians[name].push(median(times));
    }
  }
  const [inPage, inNode] = [await page.evaluate(() => network.logits()), own.logits()];
  const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  await session.release();
  console.log(
    JSON.stringify({
      threads: Number(threads),
      isolated: await page.evaluate(() => crossOriginIsolated),
      page: median(medians.page),
      node: median(medians.node),
      ratio: median(medians.page.map((time, round) => time / medians.node[round])),
      quickest: { page: Math.min(...passes.page), node: Math.min(...passes.node) },
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
