/** Between the bench and the processes of its load: one message tells what to do, one what came of it. */
import { fork } from "node:child_process";
import { join } from "node:path";

/** In the process: what it is told. It ends with its parent. */
export function told() {
  process.once("disconnect", () => process.exit());
  return new Promise((done) => process.once("message", done));
}

/** In the process: what came of it. Ends the process. */
export const answerParent = (message) => process.send(message, () => process.disconnect());

/**
 * Starts a process of the load.
 *
 * @param file name of its program in this folder
 * @returns `answer`, and `stop` to end it early: it answers with what it has
 */
export function startProcess(file, settings) {
  const child = fork(join(import.meta.dirname, file), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const answer = new Promise((done, fail) => {
    child.once("message", done);
    child.once("exit", (status) => fail(new Error(`${file} ended with ${status} and no answer`)));
  });
  answer.catch(() => {});
  child.send(settings);
  return { answer, stop: () => child.send("stop"), kill: () => child.kill("SIGKILL") };
}
