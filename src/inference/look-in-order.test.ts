import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import type { Session, Tensor } from "../graph/engine.js";
import { affineFromSpacing, type Shape, type Volume } from "../volume/index.js";
import { predictVolume } from "./sliding-window.js";
import type { WindowPlan } from "./window-plan.js";

const shape: Shape = [24, 24, 16];
const random = new Random(1);
const image: Volume<Float32Array> = {
  shape,
  affine: affineFromSpacing([1, 1, 1]),
  channels: 1,
  data: Float32Array.from({ length: 24 * 24 * 16 }, () => random.normal()),
};
const plan: WindowPlan = { window: [8, 8, 8], overlap: 0.5, multipleOf: [4, 4, 4], fixedSize: true };

/** Logits are those of the window plus a sum of it, so that places count; each run takes another time. */
class SlowSession implements Session {
  readonly inputNames = ["image"];
  readonly outputNames = ["logits", "features/all"];
  runs = 0;

  constructor(
    private readonly desk: { atWork: number; most: number },
    private readonly failAt = Infinity,
  ) {}

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const run = ++this.runs;
    const { dims, data } = feeds.image as Tensor;
    const shown = Float32Array.from(data as Float32Array);
    this.desk.most = Math.max(this.desk.most, ++this.desk.atWork);
    await sleep((run * 7) % 5);
    this.desk.atWork--;
    if (run === this.failAt) throw new Error("out of memory");
    const sum = shown.reduce((total, value) => total + value, 0);
    const logits = shown.map((value) => value + sum / 100);
    return {
      logits: { type: "float32", dims, data: logits },
      "features/all": { type: "float32", dims, data: logits.slice() },
    };
  }

  async release(): Promise<void> {}
}

const beside = (session: Session, sessions: readonly Session[]): Session => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  run: (feeds) => session.run(feeds),
  release: () => session.release(),
  sideBySide: async () => sessions,
});

async function predicted(session: Session, signal?: AbortSignal, size = image) {
  const sums: number[] = [];
  const { data } = await predictVolume(session, size, plan, {
    outputChannels: 1,
    layers: ["all"],
    onFeatures: (_, features) => void sums.push((features.data as Float32Array)[0]!),
    signal,
  });
  return { data, sums };
}

it("gives the same bits, and windows in the same order, however many sessions there are", async () => {
  const alone = await predicted(new SlowSession({ atWork: 0, most: 0 }));
  for (const count of [1, 2, 3]) {
    const desk = { atWork: 0, most: 0 };
    const sessions = Array.from({ length: count }, () => new SlowSession(desk));
    const unused = new SlowSession(desk);
    expect(await predicted(beside(unused, sessions))).toEqual(alone);
    expect(unused.runs).toBe(0);
    // Another window waits at each session.
    expect(desk.most).toBe(2 * count);
    const shares = sessions.map(({ runs }) => runs);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  }
});

it("throws what fails in its turn, and leaves no window under way", async () => {
  const desk = { atWork: 0, most: 0 };
  const sessions = [new SlowSession(desk), new SlowSession(desk, 3)];
  await expect(predicted(beside(sessions[0]!, sessions))).rejects.toThrow("out of memory");
  expect(desk.atWork).toBe(0);
  const controller = new AbortController();
  const stopping = predicted(beside(sessions[0]!, sessions), controller.signal);
  setTimeout(() => controller.abort(new Error("stopped")), 5);
  await expect(stopping).rejects.toThrow("stopped");
  expect(desk.atWork).toBe(0);
});

it("opens nothing for an image of few windows", async () => {
  const session = new SlowSession({ atWork: 0, most: 0 });
  const small = { ...image, shape: [8, 8, 16] as Shape, data: image.data.slice(0, 8 * 8 * 16) };
  const none = { ...beside(session, []), sideBySide: () => Promise.reject(new Error("asked for more")) };
  await predicted(none, undefined, small);
  expect(session.runs).toBe(3);
});
