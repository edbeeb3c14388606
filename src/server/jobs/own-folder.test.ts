import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { lockFolder } from "./lock-folder.js";
import { ownFolder, removeAbandonedFolders } from "./own-folder.js";

/** No process has it: Linux gives numbers below 2^22. */
const NOBODY = 2 ** 22 + 1;

const place = mkdtempSync(join(tmpdir(), "sureseg-own-"));
beforeAll(() => vi.stubEnv("TMPDIR", place));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

function folderOf(name: string, lock?: string): string {
  const folder = join(place, name);
  mkdirSync(join(folder, "jobs"), { recursive: true });
  if (lock !== undefined) writeFileSync(join(folder, "server.lock"), lock);
  return folder;
}

it("removes what servers left that were killed here, and nothing else", async () => {
  const killed = folderOf("sureseg-server-killed", `${NOBODY} ${hostname()}`);
  const running = await ownFolder();
  await lockFolder(running);
  const kept = [
    running,
    folderOf("sureseg-server-starting"),
    folderOf("sureseg-server-odd", "rubbish"),
    folderOf("sureseg-server-elsewhere", `${NOBODY} ${hostname()}-other`),
    folderOf("other", `${NOBODY} ${hostname()}`),
  ];
  symlinkSync(kept.at(-1)!, join(place, "sureseg-server-link"));
  await removeAbandonedFolders();
  expect(existsSync(killed)).toBe(false);
  for (const folder of kept) expect(existsSync(folder), folder).toBe(true);
});
