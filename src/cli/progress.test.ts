import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startProgress } from "./progress.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function listen(): { stream: NodeJS.WriteStream; lines: () => string[] } {
  const stream = new PassThrough();
  const read = (): string[] =>
    String(stream.read() ?? "")
      .split("\n")
      .filter((line) => line !== "");
  return { stream: stream as unknown as NodeJS.WriteStream, lines: read };
}

it("tells the rate of what was done since the stage began, and the time left", () => {
  const { stream, lines } = listen();
  const progress = startProgress(stream);
  progress.stage("training", 100, "updates");
  progress.update(0);
  vi.advanceTimersByTime(20_000);
  progress.update(40, "loss 0.5");
  expect(lines()).toEqual(["training (100 updates)", "training 40/100 updates, 2.0/s, 30 s left, loss 0.5"]);
});

it("keeps a sentence where progress goes on", () => {
  const { stream, lines } = listen();
  const terminal = Object.assign(stream, { isTTY: true });
  const progress = startProgress(terminal);
  progress.stage("training", 100, "updates");
  vi.advanceTimersByTime(1_000);
  progress.update(1);
  progress.say("update 1: well");
  progress.say("update 1: and good");
  vi.advanceTimersByTime(1_000);
  progress.update(2);
  expect(lines()).toEqual([
    "\r\x1b[Ktraining 1/100 updates\r\x1b[Kupdate 1: well",
    "update 1: and good",
    "\r\x1b[Ktraining 2/100 updates, 1.0/s, 1 min 38 s left",
  ]);
});

it("does not count what a resumed stage had behind it", () => {
  const { stream, lines } = listen();
  const progress = startProgress(stream);
  progress.stage("training", 12_000, "updates");
  progress.update(9_700);
  vi.advanceTimersByTime(100_000);
  progress.update(10_700);
  expect(lines().at(-1)).toBe("training 10700/12000 updates, 10/s, 2 min 10 s left");
});
