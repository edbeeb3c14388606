import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { doOnce, readResult } from "./unit-store.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-unit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("doOnce", () => {
  it("does the work once, and keeps its result", async () => {
    let times = 0;
    const work = async () => ({ value: ++times });
    expect(await doOnce(folder, "a", work)).toBe(true);
    expect(await doOnce(folder, "a", work)).toBe(true);
    expect(times).toBe(1);
    expect(await readResult(folder, "a")).toEqual({ value: 1 });
    expect(readdirSync(folder)).toEqual(["result.json"]);
  });

  it("lets one of many do it", async () => {
    let times = 0;
    const work = async () => {
      times++;
      await new Promise((ready) => setTimeout(ready, 50));
      return times;
    };
    const ends = await Promise.all(Array.from({ length: 6 }, () => doOnce(folder, "a", work)));
    expect(times).toBe(1);
    expect(ends.filter((end) => end)).toHaveLength(1);
  });

  it("gives the claim back when the work fails, and leaves no result", async () => {
    await expect(
      doOnce(folder, "a", async () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(readdirSync(folder)).toEqual([]);
    expect(await readResult(folder, "a")).toBeUndefined();
  });

  it("refuses results of another study", async () => {
    await doOnce(folder, "a", async () => 1);
    await expect(readResult(folder, "b")).rejects.toThrow(
      /result\.json: found a result of another configuration/,
    );
  });
});
