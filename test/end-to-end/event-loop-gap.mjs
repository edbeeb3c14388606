/** Loaded before the binary: writes the largest pause of each thread's event loop, in milliseconds, into a file. */
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const every = 5;
let last;
let largest = 0;
const measure = () => {
  last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    largest = Math.max(largest, now - last - every);
    last = now;
  }, every);
  timer.unref();
};
// The main thread loads its modules first, which nobody waits for.
if (isMainThread) process.on("worker", measure);
else measure();
process.on("exit", () =>
  writeFileSync(`${process.env.GAP_FILES}.${isMainThread ? "main" : "worker"}`, String(largest)),
);
