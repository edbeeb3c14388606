/** Opens a network as the page's own worker does. */
import { expose } from "comlink";
import { pageEngine } from "../../app/compute/page-engine.ts";
import { openModel } from "../../src/bundle/open-model.ts";
import { ForwardPass } from "./forward-pass.mjs";

let pass;

expose({
  async open(model, threads, image) {
    const engine = await pageEngine(
      { device: "cpu", threads, reasons: [] },
      new URL("/files/", location).href,
    );
    const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
    pass = new ForwardPass(await openModel(engine, bytes), image);
  },
  times: (passes) => pass.times(passes),
  logits: () => pass.logits(),
});
