/**
 * Asks for `/health` at a steady rate, in a process of its own, whether or not the last answer has come.
 *
 * Told by its parent: `{ address, every }` in milliseconds; when it is told to stop, tells it moment, milliseconds and status of each.
 */
import { Agent, get } from "node:http";
import { sleep } from "../survival/processes.mjs";
import { answerParent, told } from "./talk.mjs";

/** An answer that takes longer than this has not come. Milliseconds. */
const LONGEST = 10_000;

const { address, every } = await told();
const agent = new Agent({ keepAlive: true });
const probes = [];
let open = 0;

function probe() {
  const at = Date.now();
  const started = performance.now();
  open += 1;
  const end = (status) => {
    open -= 1;
    probes.push([at, Number((performance.now() - started).toFixed(2)), status]);
  };
  const request = get(`${address}/health`, { agent, timeout: LONGEST }, (response) => {
    response.resume();
    response.on("end", () => end(response.statusCode));
  });
  request.on("timeout", () => request.destroy());
  request.on("error", () => end(0));
}

const timer = setInterval(probe, every);
process.once("message", async () => {
  clearInterval(timer);
  while (open > 0) await sleep(20);
  agent.destroy();
  answerParent({ probes });
});
