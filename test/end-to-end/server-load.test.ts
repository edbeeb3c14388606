/** The bench that loads a server works in small, and says so where a promise is broken. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { redisMissing } from "../hospital/redis.js";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 300_000 });

const root = resolve(import.meta.dirname, "../..");
const bench = join(root, "bench/server-load");
const bundle = join(root, "test/oracle/fixtures/bundle-version-1");

interface Promised {
  readonly promise: string;
  readonly found: string;
  readonly kept: boolean;
}

/** What of a run in small does not hang on how fast the machine is. */
const WITHOUT_TIME = /^(Sheds|Loses|Mixes|Leaves|Meets)/;

describe.skipIf(redisMissing !== undefined)(`under load (${redisMissing ?? "Redis is installed"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "sureseg-load-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("loses and mixes up nothing while Redis comes and goes, and refuses with 429 or 503 alone", async () => {
    const out = join(folder, "load.md");
    // What Redis forgets is put back after half a minute: that is tested with the sweep.
    const course = ["--minutes", "0.08", "--capacity-seconds", "1.5", "--disturbances", "frozen,stopped"];
    const options = [...course, "--data", join(folder, "none")];
    const args = [join(bench, "main.mjs"), ...options, "--bundle", bundle, "--out", out];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    await new Promise((ended) => child.once("close", ended));
    expect(existsSync(out), said).toBe(true);
    const { promises, figures, series } = JSON.parse(readFileSync(join(folder, "load.json"), "utf8"));
    const broken = (promises as Promised[]).filter(
      ({ promise, kept }) => WITHOUT_TIME.test(promise) && !kept,
    );
    expect(broken).toEqual([]);
    expect(figures.answers[202]).toBeGreaterThan(0);
    expect(series.away).toHaveLength(4);
    expect(readFileSync(join(folder, "load.svg"), "utf8")).toMatch(/^<svg /);
  });
});

describe("the promises of a server under load", async () => {
  const { promisesOf } = await import(join(bench, "promises.mjs"));
  const kept = {
    times: 4.1,
    answers: { 202: 100, 429: 290, 503: 10 },
    unanswered: 0,
    errors: 0,
    unexpected: [],
    mistakes: {},
    compared: 100,
    health: { asked: 1000, failed: 0, p99: 12 },
    memory: [{ name: "server", growth: 15, mean: 100, seconds: 300 }],
    defects: [],
  };
  const brokenBy = (change: object): string[] =>
    promisesOf({ ...kept, ...change })
      .filter((one: Promised) => !one.kept)
      .map((one: Promised) => one.promise);

  it("are kept by a server that keeps them", () => {
    expect(brokenBy({})).toEqual([]);
  });

  it.each([
    ["The load is", { times: 3.9 }],
    ["Sheds", { answers: { 202: 100 } }],
    ["Sheds", { answers: { ...kept.answers, 500: 1 } }],
    ["Sheds", { unanswered: 1 }],
    ["Sheds", { unexpected: ["slow upload: ECONNRESET"] }],
    ["Answers `/health`", { health: { ...kept.health, p99: 51 } }],
    ["Answers `/health`", { health: { ...kept.health, failed: 1 } }],
    ["Loses no job", { mistakes: { "lost: failed: The queue has forgotten this job.": 1 } }],
    ["Loses no job", { compared: 0 }],
    ["Mixes up", { mistakes: { "mixed up: the result is not that of the scan": 1 } }],
    ["Leaves nothing", { mistakes: { "left behind: an upload that became no job": 1 } }],
    ["Leaves nothing", { mistakes: { "DELETE answered 500": 1 } }],
    ["Memory of the server", { memory: [{ ...kept.memory[0], growth: 17 }] }],
    ["Meets no error", { defects: ["a request failed (TypeError)"] }],
  ])("are broken: %s %j", (promise, change) => {
    expect(brokenBy(change)).toContainEqual(expect.stringContaining(promise));
  });
});
