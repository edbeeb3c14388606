/** The page's worker: everything that takes time happens here. */
import { expose, transfer } from "comlink";
import { isBundle } from "./given-files.js";
import type { PageWorker } from "./protocol.js";
import { ScanDesk } from "./scan-desk.js";

let begun: ScanDesk | undefined;

function desk(): ScanDesk {
  if (begun === undefined) throw new Error("the worker was not told where its files lie");
  return begun;
}

/** Arrays go over without being copied. */
const moved = <Facts extends object>(facts: Facts): Facts => {
  const buffers = Object.values(facts).flatMap((value) =>
    value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : [],
  );
  return transfer(facts, buffers);
};

const worker: PageWorker = {
  begin(settings) {
    begun = new ScanDesk(settings);
  },
  kindOf: async (given) => ((await isBundle(given)) ? "bundle" : "scan"),
  openBundle: (given) => desk().openBundle(given),
  readScan: async (given, series) => moved(await desk().readScan(given, series)),
  predict: async (modality, progress) => moved(await desk().predict(modality, progress)),
  pack: (given) => desk().pack(given),
  receive: async (results, seconds) => moved(await desk().receive(results, seconds)),
  save: async (form) => moved(await desk().save(form)),
};

expose(worker);
