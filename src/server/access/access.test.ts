import { expect, it } from "vitest";
import type { JobQueue } from "../jobs/job-queue.js";
import type { JobStore } from "../jobs/job-store.js";
import { Admission, NoPlace } from "./admission.js";
import { isLoopback } from "./loopback.js";

it("knows loopback by its names", () => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"]) {
    expect(isLoopback(host), host).toBe(true);
  }
  for (const host of ["0.0.0.0", "::", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""]) {
    expect(isLoopback(host), host).toBe(false);
  }
});

const admission = (waiting: number, kept: number): Admission =>
  new Admission(
    { counts: async () => ({ waiting, running: 1 }) } as JobQueue,
    { ids: async () => new Array<string>(kept).fill("") } as unknown as JobStore,
    { maxQueue: 3, maxKept: 10 },
  );
const wait = async (place: Admission): Promise<number> => {
  const refusal = await place.enter().then(
    () => undefined,
    (error) => error,
  );
  expect(refusal).toBeInstanceOf(NoPlace);
  return refusal.retryAfter;
};

it("counts uploads on their way as jobs that wait, and gives their places back", async () => {
  const place = admission(1, 0);
  // At the same moment: two places are free.
  const entered = await Promise.allSettled([place.enter(), place.enter(), place.enter()]);
  expect(entered.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  (entered[0] as PromiseFulfilledResult<() => void>).value();
  await place.enter();
  await wait(place);
});

it("bounds what is kept, and says when to come again by how long jobs take", async () => {
  const place = admission(0, 10);
  const before = await wait(place);
  for (let i = 0; i < 20; i++) place.observe(60);
  expect(await wait(place)).toBeGreaterThan(before);
  for (let i = 0; i < 20; i++) place.observe(9000);
  expect(await wait(place)).toBeLessThanOrEqual(120);
});
