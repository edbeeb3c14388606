/** The page of the benchmark: what it is asked goes to a worker, for that is where the page's networks run. */
import { wrap } from "comlink";

globalThis.network = wrap(new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" }));
