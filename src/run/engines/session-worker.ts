/** The thread of a session; started by `session-thread.ts`, which hands it the model. */
import { parentPort, workerData } from "node:worker_threads";
import { sentError } from "../../threads/sent-error.js";
import { nodeEngine } from "./node.js";
import type { SessionAnswer, SessionRequest, SessionStart } from "./session-messages.js";

const { model, options } = workerData as SessionStart;
const session = await nodeEngine().open(model, options);
parentPort?.postMessage({ inputNames: session.inputNames, outputNames: session.outputNames });

parentPort?.on("message", async ({ number, feeds, outputs }: SessionRequest) => {
  try {
    const results = await session.run(feeds, outputs);
    const buffers = Object.values(results).map(({ data }) => data.buffer as ArrayBuffer);
    parentPort?.postMessage({ number, results } satisfies SessionAnswer, buffers);
  } catch (error) {
    parentPort?.postMessage({ number, ...sentError(error) } satisfies SessionAnswer);
  }
});
