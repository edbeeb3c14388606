import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeLeftovers, temporaryPath } from "./temporary-files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-temporary-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A number that a process had, and none has now. */
const deadNumber = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

const rewritten = (change: (machine: string, pid: string, began: string) => string): string => {
  const name = basename(temporaryPath(join(folder, "mask.nii.gz")));
  return name.replace(/([0-9a-f]{12})-(\d+)-(\d*)/, (_, machine, pid, began) => change(machine, pid, began));
};

describe("a temporary name", () => {
  it("lies beside the file, is hidden, and is never given twice", () => {
    const paths = Array.from({ length: 100 }, () => temporaryPath(join(folder, "mask.nii.gz")));
    expect(new Set(paths).size).toBe(100);
    expect(paths[0]).toMatch(/\/\.mask\.nii\.gz\.[^/]+\.partial$/);
  });

  it("fits wherever the file's own name does", () => {
    const name = basename(temporaryPath(join(folder, "é".repeat(120))));
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });
});

describe("what is left in a folder", () => {
  const left = async (...names: string[]): Promise<string[]> => {
    for (const name of names) writeFileSync(join(folder, name), "");
    await removeLeftovers(folder);
    return readdirSync(folder).sort();
  };

  it("by a process that was killed goes", async () => {
    expect(await left(rewritten((machine, _, began) => `${machine}-${deadNumber()}-${began}`))).toEqual([]);
  });

  it("by a process whose number another one has now goes too", async () => {
    expect(await left(rewritten((machine, pid) => `${machine}-${pid}-1`))).toEqual([]);
  });

  it("by a process that is at work stays", async () => {
    const own = basename(temporaryPath(join(folder, "x")));
    expect(await left(own)).toEqual([own]);
  });

  it("by another machine stays for a day, because nobody can be asked", async () => {
    const elsewhere = rewritten((_, pid, began) => `0123456789ab-${pid}-${began}`);
    expect(await left(elsewhere)).toEqual([elsewhere]);
  });

  it("by another machine long ago goes", async () => {
    const elsewhere = rewritten((_, pid, began) => `0123456789ab-${pid}-${began}`);
    const path = join(folder, elsewhere);
    writeFileSync(path, "");
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
    utimesSync(path, longAgo, longAgo);
    await removeLeftovers(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("by somebody else stays, whatever it is called", async () => {
    mkdirSync(join(folder, "x.partial"));
    const others = [".precious.partial", "mask.nii.gz", "image-0.partial"];
    expect(await left(...others)).toEqual([...others, "x.partial"].sort());
  });
});
