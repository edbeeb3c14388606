import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { UserError } from "../base/index.js";
import { crc32c, EventWriter, frameRecord } from "./tensorboard.js";

/** Layout: test/oracle/tensorboard_events.py. */
interface TensorboardIndex {
  readonly frames: readonly { data: string; record: string }[];
  readonly entries: readonly {
    milliseconds: number;
    step: number;
    scalars: Record<string, number>;
  }[];
  readonly file: { name: string; content: string };
}

const { frames, entries, file } = loadFixture<TensorboardIndex>("tensorboard").index;
const folder = mkdtempSync(join(tmpdir(), "sureseg-events-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.useRealTimers();
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("event files", () => {
  it("has the checksum of the CRC-32C standard (RFC 3720, B.4)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe(0x46dd794e);
  });

  it.each(frames)("frames data as TensorBoard's writer does, record %#", ({ data, record }) => {
    expect(hex(frameRecord(Buffer.from(data, "hex")))).toBe(record);
  });

  it("writes the very file in which TensorBoard found every scalar, step and time", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: entries[0]!.milliseconds });
    const writer = new EventWriter(join(folder, "run"), Date.now() / 1000);
    for (const { milliseconds, step, scalars } of entries) {
      vi.setSystemTime(milliseconds);
      await writer.write(step, scalars);
    }
    expect(readdirSync(join(folder, "run"))).toEqual([file.name]);
    // Where the writer was changed on purpose: run test/oracle/tensorboard_events.py again.
    expect(hex(readFileSync(join(folder, "run", file.name)))).toBe(file.content);
  });

  it("begins a later file at every start, within a second and with the clock set back too", async () => {
    const often = mkdtempSync(join(folder, "often-"));
    for (const start of [5000.2, 5000.7, 1400]) await new EventWriter(often, start).write(1, { loss: 1 });
    expect(readdirSync(often)).toEqual(
      [5000, 5001, 5002].map((seconds) => `events.out.tfevents.${seconds}.sureseg`),
    );
  });

  it("makes no file before there is something to show", () => {
    new EventWriter(join(folder, "silent"), 0);
    expect(existsSync(join(folder, "silent"))).toBe(false);
  });

  it.runIf(existsSync("/dev/full"))("says that the disk is full, and which file it was", async () => {
    const full = mkdtempSync(join(folder, "full-"));
    const writer = new EventWriter(full, 12);
    await writer.write(1, { loss: 1 });
    const path = join(full, "events.out.tfevents.12.sureseg");
    rmSync(path);
    symlinkSync("/dev/full", path);
    const failure = await writer.write(2, { loss: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toMatch(/events\.out\.tfevents\.12\.sureseg: found a full disk/);
  });
});
