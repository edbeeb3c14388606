/**
 * How long the page takes from a dropped scan to its verdict, against Node on the same scan and bundle. Needs a build and Chromium.
 *
 *   node bench/page-latency.mjs BUNDLE SCAN MODALITY [ROUNDS]
 *
 * `first` opens the bundle and its network too, as the first scan of a visit does, and holds what is drawn; the medians are of
 * further rounds, in turns, mask and confidence included on both sides. The ratio is of everything between file and verdict, the viewer
 * too, which takes most of it where there is no graphics card; of the network alone: `page-forward.mjs`.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runnerImport } from "vite";
import { openBundle, predict } from "../dist/node/index.js";
import { median } from "./measure.mjs";

const [bundle, scan, modality, rounds = "5"] = process.argv.slice(2);
const timed = async (work) => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

const { module } = await runnerImport(new URL("../test/browser/page-at-work.ts", import.meta.url).pathname);
const at = await module.openPage(resolve(bundle));
const inPage = () =>
  timed(async () => {
    await at.segment(resolve(scan), modality);
    await at.page.waitForSelector(".verdict[data-foreign]");
  });
try {
  await at.page.waitForFunction(() => crossOriginIsolated);
  const firstInPage = await inPage();
  let opened;
  const inNode = () => timed(() => predict(opened, scan, { modality: modality === "MRI" ? "MR" : modality }));
  const firstInNode = await timed(async () => {
    opened = await openBundle(resolve(bundle));
    await inNode();
  });
  const [page, node] = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    await at.page.reload();
    await at.page.waitForFunction(() => crossOriginIsolated);
    page.push(await inPage());
    node.push(await inNode());
  }
  const verdict = await at.page.textContent(".verdict");
  console.log(
    JSON.stringify({
      bytes: readFileSync(scan).length,
      first: { page: firstInPage, node: firstInNode },
      median: { page: median(page), node: median(node) },
      ratio: median(page) / median(node),
      verdict,
    }),
  );
} finally {
  await at.close();
}
