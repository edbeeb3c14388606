import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { writeFileAtomically, writingError } from "./atomic-write.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sureseg-atomic-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("writeFileAtomically", () => {
  it("writes bytes and text, makes missing folders and leaves no temporary file", async () => {
    await writeFileAtomically(join(folder, "a/b/data.bin"), Uint8Array.of(1, 2, 255));
    await writeFileAtomically(join(folder, "a/b/text.json"), "{}");
    expect(await readdir(join(folder, "a/b"))).toEqual(["data.bin", "text.json"]);
    expect([...(await readFile(join(folder, "a/b/data.bin")))]).toEqual([1, 2, 255]);
    expect(await readFile(join(folder, "a/b/text.json"), "utf8")).toBe("{}");
  });

  it("replaces an older, longer file whole", async () => {
    const path = join(folder, "x");
    await writeFile(path, "a long older text");
    await writeFileAtomically(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
  });

  it("lets writers of one name race: the file is one of theirs, whole", async () => {
    const path = join(folder, "x");
    const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(10_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["x"]);
  });

  it("says so where a folder has the name, and keeps the folder", async () => {
    await mkdir(join(folder, "taken", "inside"), { recursive: true });
    await expect(writeFileAtomically(join(folder, "taken"), "x")).rejects.toThrow(UserError);
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("says so where a file stands in the way of a folder", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(writeFileAtomically(join(folder, "file", "x"), "x")).rejects.toThrow(/needs a folder/);
  });

  it("says that the disk is full, and what to do", () => {
    const failure = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const error = writingError(failure, "out.nii") as UserError;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^out\.nii: found a full disk, .*Free some space/);
    expect(error.cause).toBe(failure);
  });

  it("passes a defect on unchanged", () => {
    const defect = new TypeError("no");
    expect(writingError(defect, "x")).toBe(defect);
  });
});
