import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { QueueAway } from "./job-queue.js";
import { JobStore } from "./job-store.js";
import { sweep } from "./sweep.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-sweep-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const times = { keepSeconds: 3600, maxAgeSeconds: 86_400 };
const later = (seconds: number): number => Date.now() + seconds * 1000;

/** A job whose image lies there, in a place of its own. */
async function placeWithJob() {
  const folder = mkdtempSync(join(root, "place-"));
  const store = new JobStore(folder);
  const id = await store.reserve();
  writeFileSync(join(store.inputFolder(id), "image-0.nii"), "voxels");
  const bundle = { name: "any", fingerprint: "f".repeat(64) };
  await store.create(id, { bundle, image: { files: ["image-0.nii"] } });
  return { store, id, image: join(store.inputFolder(id), "image-0.nii") };
}

const queueThat = (knows: () => Promise<boolean>) => {
  const cancelled: string[] = [];
  const added: string[] = [];
  const cancel = async (id: string): Promise<void> => void cancelled.push(id);
  const add = async (id: string): Promise<void> => void added.push(id);
  return { knows, cancel, cancelled, add, added };
};
const remembers = queueThat(async () => true);
const forgets = queueThat(async () => false);
const nothing = { removed: [], putBack: [], forgotten: [] };
const away = {
  add: () => Promise.reject(new QueueAway("gone")),
  knows: () => Promise.reject(new QueueAway("gone")),
  cancel: () => Promise.reject(new QueueAway("gone")),
};

it("leaves a job alone that the queue knows, whether it waits or is worked", async () => {
  const { store, id, image } = await placeWithJob();
  await store.begin(id);
  expect(await sweep(store, remembers, times, later(80_000))).toEqual(nothing);
  expect(existsSync(image)).toBe(true);
});

it("puts a job back that the queue has forgotten, as it was", async () => {
  const { store, id, image } = await placeWithJob();
  const queue = queueThat(async () => false);
  // It may be on its way into the queue still.
  expect(await sweep(store, queue, times, later(10))).toEqual(nothing);
  expect(await sweep(store, queue, times, later(60))).toEqual({ ...nothing, putBack: [id] });
  expect(queue.added).toEqual([id]);
  expect(await store.read(id)).toMatchObject({ state: "waiting", attempts: 0 });
  expect(existsSync(image)).toBe(true);
});

it("puts nothing back that ended while the queue was asked, nor into a queue that has gone meanwhile", async () => {
  const { store, id } = await placeWithJob();
  const queue = queueThat(async () => {
    await store.fail(id, "The image is empty.");
    return false;
  });
  expect(await sweep(store, queue, times, later(60))).toEqual(nothing);
  expect(queue.added).toEqual([]);
  const other = await placeWithJob();
  const gone = { ...away, knows: async () => false };
  expect(await sweep(other.store, gone, times, later(60))).toEqual(nothing);
});

it("fails a job that is forgotten each time that it is begun, so that its image goes at once and the rest in its time", async () => {
  const { store, id, image } = await placeWithJob();
  for (let attempt = 0; attempt < 3; attempt++) await store.begin(id);
  const { forgotten } = await sweep(store, forgets, times, later(120));
  expect(forgotten.map((job) => job.id)).toEqual([id]);
  expect(await store.read(id)).toMatchObject({
    state: "failed",
    failure: expect.stringMatching(/forgotten this job/),
  });
  expect(existsSync(image)).toBe(false);
  expect(await sweep(store, forgets, times, later(3500))).toEqual(nothing);
  expect((await sweep(store, forgets, times, later(3700))).removed).toEqual([id]);
  expect(await store.ids()).toEqual([]);
});

it("does not take silence for forgetting, and yet keeps nothing for longer than a job may last", async () => {
  const { store, id } = await placeWithJob();
  await store.begin(id);
  expect(await sweep(store, away, times, later(80_000))).toEqual(nothing);
  expect((await sweep(store, away, times, later(90_000))).removed).toEqual([id]);
  expect(await store.ids()).toEqual([]);
});

it("takes a job that is too old out of the queue too", async () => {
  const { store, id } = await placeWithJob();
  await sweep(store, remembers, times, later(90_000));
  expect(remembers.cancelled).toEqual([id]);
});

it("removes in its time what cannot be read, and is held up by none of it", async () => {
  const { store, id } = await placeWithJob();
  const damaged = await store.reserve();
  writeFileSync(join(store.inputFolder(damaged), "..", "job.json"), '{"id":');
  expect((await sweep(store, forgets, times, later(120))).putBack).toEqual([id]);
  await store.fail(id, "The image is empty.");
  const { removed } = await sweep(store, forgets, times, later(3700));
  expect([...removed].sort()).toEqual([damaged, id].sort());
});
