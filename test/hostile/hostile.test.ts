/**
 * Attacks on the real `sureseg serve`, door by door. Nothing gets through, nothing is written where it should not be, memory
 * stays bounded, and afterwards the server works for honest clients as before.
 *
 * `HOSTILE_ATTEMPTS=40 HOSTILE_RESULTS=docs/results/hostile.md npx vitest run test/hostile` makes more attempts and writes the
 * figures down.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { RunningServer } from "../end-to-end/running-server.js";
import { Workplace } from "../end-to-end/workplace.js";
import { keepingParsers } from "../fuzz/record.js";
import { archivedJobAttacks } from "./archived-jobs.js";
import { archiveAttacks } from "./archives.js";
import type { Attack, Target } from "./attack.js";
import { requestAttacks, tokenAttacks } from "./requests.js";
import { type AttackFigures, hostileTable } from "./table.js";

const attempts = Number(process.env.HOSTILE_ATTEMPTS ?? 3);
const results = process.env.HOSTILE_RESULTS;

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const bundle = join(folder, "run", "bundle");
const work = join(folder, "work");
const page = join(folder, "page");
const image = () => readFileSync(join(folder, "data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz"));
const figures: AttackFigures[] = [];
const outside = "/tmp/sureseg-evil";

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
  mkdirSync(page);
  writeFileSync(join(page, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "secret.txt"), "TOP SECRET");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (results === undefined) return;
  const earlier = existsSync(results) ? readFileSync(results, "utf8") : "";
  writeFileSync(results, keepingParsers(hostileTable(figures, attempts), earlier));
});

const target = (server: RunningServer): Target => ({
  server,
  image: image(),
  series: readFileSync(join(import.meta.dirname, "../oracle/fixtures/dicom/d0.zip")),
});

/** Resident memory of the server in MiB, now or at its peak. */
function memoryOf({ child }: RunningServer, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)![1]) / 1024;
}

/** From now on the peak is that of what follows (Linux, proc(5): clear_refs); false where that may not be written. */
function forgetPeak({ child }: RunningServer): boolean {
  try {
    writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
    return true;
  } catch {
    return false;
  }
}

async function attack(place: Target, { door, name, attempt, slow }: Attack): Promise<AttackFigures> {
  const random = new Random(17);
  const endings = new Map<string, number>();
  const before = forgetPeak(place.server) ? memoryOf(place.server, "VmRSS") : undefined;
  const count = slow ? Math.ceil(attempts / 20) : attempts;
  for (let at = 0; at < count; at++) {
    const ending = await attempt(place, random);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  const grown = before === undefined ? undefined : memoryOf(place.server, "VmHWM") - before;
  return { door, name, attempts: count, endings, grownMebibytes: grown };
}

describe("a server on loopback", () => {
  let server: RunningServer;

  beforeAll(async () => {
    const limits = [
      "--max-upload",
      "8MiB",
      "--max-unpacked",
      "64MiB",
      "--max-idle",
      "1s",
      "--max-time",
      "30s",
    ];
    server = await RunningServer.start([bundle, "--work", work, "--page", page, ...limits], { cwd: folder });
    // What an honest job takes is no attack's doing.
    await server.over((await server.take({ name: "a", bytes: image() }, { modality: "CT" })).id);
  });

  afterAll(() => server.stop());

  it.each([...requestAttacks, ...archiveAttacks])("withstands $door: $name", async (one) => {
    const found = await attack(target(server), one);
    figures.push(found);
    // Uploads here are 8 MiB at most and unpack to 64 MiB: whatever is sent, some copies of that are all.
    expect(found.grownMebibytes ?? 0).toBeLessThan(512);
    expect((await server.ask("/health")).status).toBe(200);
  });

  it("answers others while fifty clients send as slowly as they can", async () => {
    const slow = requestAttacks.find(({ name }) => name.includes("slow loris"))!;
    const attacks = Array.from({ length: 50 }, () => slow.attempt(target(server), new Random(1)));
    const { id } = await server.take({ name: "a", bytes: image() }, { modality: "CT" });
    expect((await server.over(id)).state).toBe("done");
    figures.push({
      door: "socket",
      name: "the same from fifty clients at once, beside an honest job",
      attempts: 50,
      endings: new Map([["408", (await Promise.all(attacks)).length]]),
    });
  });

  it("has written nothing elsewhere, kept nothing, logged nothing of it and no defect", async () => {
    expect(existsSync(outside)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(["data", "page", "run", "run.yaml", "secret.txt", "work"]);
    const honest = await server.over(
      (await server.take({ name: "a", bytes: image() }, { modality: "CT" })).id,
    );
    expect(honest.state).toBe("done");
    await server.ask(`/api/jobs/${honest.id}`, { method: "DELETE" });
    // The first job and those that nobody deletes.
    expect(readdirSync(join(work, "jobs")).length).toBeLessThanOrEqual(2);
    expect(server.log).not.toMatch(/evil|passwd|script|__proto__/);
    expect(server.logLines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

describe("a server with an archive", () => {
  let server: RunningServer;
  const asked: string[] = [];
  // It has nothing: what counts is what it is asked for.
  const archive = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(404).end();
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => archive.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(archive.address() as AddressInfo).port}/dicom-web`;
    server = await RunningServer.start([bundle, "--dicomweb", address], { cwd: folder });
  });

  afterAll(async () => {
    await server.stop();
    archive.close();
  });

  it.each(archivedJobAttacks)("withstands $door: $name", async (one) => {
    const found = await attack(target(server), one);
    figures.push(found);
    expect(found.grownMebibytes ?? 0).toBeLessThan(512);
    expect((await server.ask("/health")).status).toBe(200);
  });

  it("has asked its archive for series alone, and logged nothing of it and no defect", () => {
    expect(asked.filter((one) => one !== "GET /dicom-web/studies/1.2.3.4/series/1.2.3.4.5")).toEqual([]);
    expect(server.log).not.toMatch(/evil|passwd|169\.254|__proto__|1\.2\.3/);
    expect(server.logLines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

it("a server with tokens lets nobody in without one", async () => {
  const tokens = join(folder, "tokens.json");
  const make = async (client: string): Promise<string> =>
    (await sureseg("token", client, "--tokens", tokens)).stdout.trim();
  const [token, otherToken] = [await make("viewer"), await make("other")];
  const server = await RunningServer.start([bundle, "--tokens", tokens], { cwd: folder, token });
  for (const one of tokenAttacks) figures.push(await attack({ ...target(server), token, otherToken }, one));
  expect((await server.ask("/api/bundles")).status).toBe(200);
  expect(server.log).not.toContain(token);
  await server.stop();
});
