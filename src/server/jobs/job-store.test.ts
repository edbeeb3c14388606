import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { writeFileAtomically } from "../../dataset/index.js";
import type { JobResults } from "./job.js";
import { JobStore } from "./job-store.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const store = new JobStore(folder);
const bundle = { name: "any", fingerprint: "f".repeat(64) };
const newJob = async (): Promise<string> => {
  const id = await store.reserve();
  writeFileSync(join(store.inputFolder(id), "image-0.nii"), "voxels");
  await store.create(id, { bundle, image: { files: ["image-0.nii"] } });
  return id;
};
const results = (bytes: number): JobResults => ({
  files: [{ name: "verdict", file: "scan_verdict.json", mediaType: "application/json", bytes }],
  foreign: false,
});

it("has one set of results, however many attempts come to their end at once", async () => {
  const id = await newJob();
  const attempts = await Promise.all(
    Array.from({ length: 8 }, async () => {
      await store.begin(id);
      return store.attemptFolder(id);
    }),
  );
  attempts.forEach((attempt, at) => {
    writeFileSync(join(attempt, "scan_verdict.json"), "x".repeat(at));
  });
  const jobs = await Promise.all(attempts.map((attempt, at) => store.finish(id, attempt, results(at))));
  const standing = jobs[0]!.results!;
  expect(jobs.map((job) => job!.results)).toEqual(jobs.map(() => standing));
  expect(readdirSync(join(folder, "jobs", id)).sort()).toEqual(["job.json", "results"]);
  // Whoever comes late is told that it is done, and begins nothing.
  expect(await store.begin(id)).toMatchObject({ state: "done", results: standing });
  expect(await store.fail(id, "late")).toMatchObject({ state: "done" });
});

it("takes results whose maker was lost before it could say so", async () => {
  const id = await newJob();
  await store.begin(id);
  const state = join(folder, "jobs", id, "job.json");
  const running = (await import("node:fs")).readFileSync(state);
  await store.finish(id, await store.attemptFolder(id), results(0));
  writeFileSync(state, running);
  expect(await store.begin(id)).toMatchObject({ state: "done", attempts: 1 });
});

it("leaves nothing of attempts whose workers were lost", async () => {
  const id = await newJob();
  await store.begin(id);
  const lost = await store.attemptFolder(id);
  writeFileSync(join(lost, "scan_mask.nii.gz"), "voxels");
  await store.begin(id);
  await store.finish(id, await store.attemptFolder(id), results(0));
  expect(readdirSync(join(folder, "jobs", id)).sort()).toEqual(["job.json", "results"]);
  // Its worker was only slow, and comes to its end now.
  expect(await store.finish(id, lost, results(1))).toMatchObject({ state: "done", results: results(0) });
  expect(readdirSync(join(folder, "jobs", id)).sort()).toEqual(["job.json", "results"]);
});

it("leaves nothing of a job that was removed while a worker went on writing", async () => {
  for (const end of ["finish", "drop"] as const) {
    const id = await newJob();
    await store.begin(id);
    const attempt = await store.attemptFolder(id);
    await store.remove(id);
    await writeFileAtomically(join(attempt, "scan_mask.nii.gz"), "voxels");
    expect(existsSync(join(folder, "jobs", id))).toBe(true);
    expect(await (end === "drop" ? store.drop(id, attempt) : store.finish(id, attempt, results(0)))).toBe(
      undefined,
    );
    expect(existsSync(join(folder, "jobs", id))).toBe(false);
  }
});

it("delivers results before the job is done, again where that was not said, and keeps them where it fails", async () => {
  const id = await newJob();
  await store.begin(id);
  const seen: (string | undefined)[] = [];
  const lost = async (): Promise<never> => {
    seen.push((await store.read(id))?.state);
    throw new Error("lost");
  };
  await expect(store.finish(id, await store.attemptFolder(id), results(0), lost)).rejects.toThrow("lost");
  await expect(store.begin(id, lost)).rejects.toThrow("lost");
  expect(seen).toEqual(["running", "running"]);
  expect(await store.fail(id, "not taken")).toMatchObject({ state: "failed", results: results(0) });
  expect(await store.begin(id, lost)).toMatchObject({ state: "failed" });
});

it("leaves a job that was given up as it is, whoever comes to an end with it later", async () => {
  const id = await newJob();
  await store.begin(id);
  const attempt = await store.attemptFolder(id);
  await store.fail(id, "forgotten");
  expect(await store.finish(id, attempt, results(0))).toMatchObject({
    state: "failed",
    failure: "forgotten",
  });
  expect(readdirSync(join(folder, "jobs", id))).toEqual(["job.json"]);
});

it("makes nothing anew of a job that was removed while it was worked", async () => {
  const id = await newJob();
  await store.begin(id);
  const attempt = await store.attemptFolder(id);
  await store.remove(id);
  expect(await store.finish(id, attempt, results(0))).toBeUndefined();
  expect(await store.fail(id, "late")).toBeUndefined();
  expect(existsSync(join(folder, "jobs", id))).toBe(false);
});

it("knows no id that could lead out of its folder", async () => {
  for (const id of ["..", "../jobs", "", "a/b", "0".repeat(31), `${"0".repeat(31)}/`, "\0".repeat(32)]) {
    expect(await store.read(id)).toBeUndefined();
    expect(() => store.inputFolder(id)).toThrow();
  }
});

it("finds what is to be deleted: jobs that are over, uploads that came to nothing, nothing else", async () => {
  const place = new JobStore(join(folder, "old"));
  const waiting = await place.reserve();
  await place.create(waiting, { bundle, image: { files: ["image-0.nii"] } });
  const over = await place.reserve();
  await place.create(over, { bundle, image: { files: ["image-0.nii"] } });
  await place.fail(over, "no image");
  const broken = await place.reserve();
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(join(folder, "old", "jobs", broken), anHourAgo, anHourAgo);
  expect((await place.overBefore(Date.now() + 1000)).sort()).toEqual([over, broken].sort());
  expect(await place.overBefore(Date.now() - 60_000)).toEqual([broken]);
});
