import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { readBytes } from "./read-bytes.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-bytes-"));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("reads what is there", async () => {
  writeFileSync(path("some"), Uint8Array.of(1, 2, 3));
  expect([...(await readBytes(path("some")))]).toEqual([1, 2, 3]);
  symlinkSync(path("some"), path("link"));
  expect([...(await readBytes(path("link")))]).toEqual([1, 2, 3]);
});

it("does not wait for a pipe", async () => {
  execFileSync("mkfifo", [path("pipe")]);
  await expect(readBytes(path("pipe"))).rejects.toThrow(/pipe: found a pipe, socket or device/);
});

it("says what it found instead of a file", async () => {
  await expect(readBytes(path("none"))).rejects.toThrow(/none: found no such file/);
  await expect(readBytes(folder)).rejects.toThrow(/found a folder/);
  await expect(readBytes("/dev/zero")).rejects.toThrow(/pipe, socket or device/);
});

it("refuses more bytes than any image may have before memory is taken, and says so", async () => {
  writeFileSync(path("large"), "");
  truncateSync(path("large"), 5 * 2 ** 30);
  const failure = await readBytes(path("large")).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toMatch(/a file of 5368709120 bytes.*up to 4294967296 bytes/s);
});
