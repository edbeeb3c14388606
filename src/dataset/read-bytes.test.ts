import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { hashOfFiles } from "./hash-of-files.js";
import { openDataset } from "./open-dataset.js";
import { piecesOf, readBytes, readBytesIfThere } from "./read-bytes.js";
import { readSubjects } from "./subjects.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-bytes-"));
const path = (name: string): string => join(folder, name);
const image = { expected: "an image file" };
const read = (name: string): Promise<Uint8Array> => readBytes(path(name), image);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("reads what is there", async () => {
  writeFileSync(path("some"), Uint8Array.of(1, 2, 3));
  expect([...(await read("some"))]).toEqual([1, 2, 3]);
  symlinkSync(path("some"), path("link"));
  expect([...(await read("link"))]).toEqual([1, 2, 3]);
});

it("does not wait for a pipe", async () => {
  execFileSync("mkfifo", [path("pipe")]);
  await expect(read("pipe")).rejects.toThrow(/pipe: found a pipe, socket or device/);
});

it("says what it found instead of a file", async () => {
  await expect(read("none")).rejects.toThrow(/none: found no such file/);
  await expect(read("")).rejects.toThrow(/found a folder/);
  await expect(readBytes("/dev/zero", image)).rejects.toThrow(/pipe, socket or device/);
});

it("refuses more bytes than any image may have before memory is taken, and says so", async () => {
  writeFileSync(path("large"), "");
  truncateSync(path("large"), 5 * 2 ** 30);
  const failure = await read("large").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toMatch(
    /a file of 5368709120 bytes, expected an image file of at most 4294967296 bytes/,
  );
});

it("refuses more bytes than were asked for", async () => {
  writeFileSync(path("text"), "12345");
  const text = { expected: "a table", most: 4 };
  await expect(readBytes(path("text"), text)).rejects.toThrow(/5 bytes, expected a table of at most 4 bytes/);
  await expect(readBytesIfThere(path("text"), text)).rejects.toThrow(/5 bytes/);
  expect(await readBytesIfThere(path("none"), text)).toBeUndefined();
});

it.skipIf(!existsSync("/proc/self/mem"))("names a file that the disk does not give", async () => {
  // Reading where nothing is mapped gives an input/output error, as a failing disk does.
  await expect(hashOfFiles(["/proc/self/mem"])).rejects.toThrow(UserError);
  await expect(hashOfFiles(["/proc/self/mem"])).rejects.toThrow(/self\/mem: found no readable file \(EIO\)/);
});

it("gives the same bytes in pieces", async () => {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, at) => at);
  writeFileSync(path("long"), bytes);
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(path("long"), image)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
});

describe.skipIf(process.platform === "win32")("a pipe is not waited for", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["dataset.json", () => openDataset(folder)],
    ["subjects.csv", () => readSubjects({ file: path("subjects.csv"), missing: "refuse" }, "liver", ["a"])],
    ["manifest.json", () => readBundleFolder(folder)],
  ])("as %s", async (name, open) => {
    execFileSync("mkfifo", [path(name)]);
    await expect(open()).rejects.toThrow(new RegExp(`${name}: found a pipe, socket or device`));
    rmSync(path(name));
  });
});
