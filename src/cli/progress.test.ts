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

it("does not count what a resumed stage had behind it", () => {
  const { stream, lines } = listen();
  const progress = startProgress(stream);
  progress.stage("training", 12_000, "updates");
  progress.update(9_700);
  vi.advanceTimersByTime(100_000);
  progress.update(10_700);
  expect(lines().at(-1)).toBe("training 10700/12000 updates, 10/s, 2 min 10 s left");
});
