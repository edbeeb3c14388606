import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { JobStore } from "./job-store.js";
import type { Predictor } from "./predictor.js";
import { type Workplace, workJob } from "./work-job.js";

const FULL_DISK = "The server cannot write: its disk may be full. Send the image again later.";

/** A file system of 12 KiB; undefined where this process may mount none. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "sureseg-small-disk-"));
  onTestFinished(() => {
    spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12k", "tmpfs", folder]);
  return mounted.status === 0 ? folder : undefined;
}

const predictor: Predictor = {
  predict: () => Promise.reject(new Error("no image of this test is predicted")),
  close: async () => {},
};

it("ends a job whose state does not fit on the disk any more, and names no path (skipped without the right to mount)", async (context) => {
  const folder = smallDisk();
  if (folder === undefined) return context.skip("no file system can be mounted here");
  const store = new JobStore(folder);
  const id = await store.reserve();
  writeFileSync(join(store.inputFolder(id), "image-0.nii"), "voxels".repeat(1000));
  await store.create(id, {
    bundle: { name: "any", fingerprint: "f".repeat(64) },
    image: { files: ["image-0.nii"] },
  });
  expect(statfsSync(folder).bavail).toBe(0);
  const defects: unknown[] = [];
  const workplace: Workplace = {
    store,
    maxSeriesBytes: 0,
    bundles: new Map(),
    predictor,
    maxSeconds: 10,
    onDefect: (_, error) => defects.push(error),
  };
  const end = await workJob(id, workplace, new AbortController().signal, () => {});
  expect(end).toEqual({ kind: "end", state: "failed" });
  expect(await store.read(id)).toMatchObject({ state: "failed", failure: FULL_DISK });
  expect(existsSync(store.inputFolder(id))).toBe(false);
  expect(String(defects[0])).toContain("found a full disk");
});
