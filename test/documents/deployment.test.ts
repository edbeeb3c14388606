/** docs/deployment.md followed to its end: its commands as one script, with real Redis, Orthanc and DCMTK on loopback. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, type Outcome, Workplace } from "../end-to-end/workplace.js";
import { freePort } from "../hospital/free-port.js";
import { orthancMissing } from "../hospital/orthanc.js";
import { redisMissing } from "../hospital/redis.js";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/deployment.md"), "utf8");
const fixtures = resolve(import.meta.dirname, "../oracle/fixtures");
const script = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block as string).join("\n");

const missing =
  redisMissing ??
  orthancMissing ??
  ["storescu", "redis-cli", "curl"]
    .filter((name) => spawnSync("which", [name]).status !== 0)
    .map((name) => `${name} is not installed`)[0] ??
  (existsSync(binary) ? undefined : "not built");

describe.skipIf(missing !== undefined)(`the page on deployment (${missing ?? "all is installed"})`, () => {
  const workplace = new Workplace();
  const { folder } = workplace;
  let outcome: Outcome;

  beforeAll(async () => {
    mkdirSync(join(folder, "models"));
    cpSync(join(fixtures, "bundle-version-1"), join(folder, "models", "liver"), { recursive: true });
    mkdirSync(join(folder, "series"));
    const series = unzipSync(readFileSync(join(fixtures, "dicom", "d0.zip")));
    for (const [at, file] of Object.values(series).entries()) {
      writeFileSync(join(folder, "series", `${at}.dcm`), file);
    }
    // What `npm install --global .` puts on the path.
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "sureseg"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
    chmodSync(join(folder, "bin", "sureseg"), 0o755);
    // The page's ports may be taken here. What a step that fails leaves running ends with the script.
    let text = script;
    for (const port of ["6379", "8042", "4242", "8080"])
      text = text.replaceAll(port, String(await freePort()));
    const ends =
      "trap 'kill $(jobs -p) 2> /dev/null || true; redis-cli -p PORT shutdown nosave > /dev/null 2>&1 || true' EXIT";
    const [, redis] = /redis-cli -p (\d+)/.exec(text) as unknown as [string, string];
    writeFileSync(
      join(folder, "page.sh"),
      `set -eu\n${ends.replace("PORT", redis)}\n${text}\necho followed to its end\n`,
    );
    outcome = await workplace.run("bash", ["-c", `PATH="${join(folder, "bin")}:$PATH" bash page.sh`]);
  }, 150_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is followed to its end, where everything has ended cleanly", () => {
    expect(outcome.status, outcome.stderr).toBe(0);
    expect(outcome.stdout).toMatch(/followed to its end\n$/);
    expect(outcome.stderr.split("\n").filter((line) => line.includes('"msg":"stopped"'))).toHaveLength(3);
    expect(outcome.stderr).not.toMatch(/"level":50/);
  });

  it("has the segmentation in the archive, with the verdict in its description", () => {
    const done = JSON.parse(readFileSync(join(folder, "done.json"), "utf8"));
    expect(done).toMatchObject({ state: "done" });
    const found = JSON.parse(readFileSync(join(folder, "segmentations.json"), "utf8"));
    expect(found).toHaveLength(1);
    const { Modality, SeriesDescription } = found[0].MainDicomTags;
    expect(Modality).toBe("SEG");
    expect(SeriesDescription).toBe(`Segmentation: ${done.foreign ? "FOREIGN IMAGE" : "trusted image"}`);
  });

  it("shows no name of the series in any log of sureseg's", () => {
    expect(
      outcome.stderr
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .join("\n"),
    ).not.toContain("1.2.826");
  });

  it("leaves the images of no patient in the shared folder", () => {
    for (const id of readdirSync(join(folder, "jobs", "jobs"))) {
      expect(readdirSync(join(folder, "jobs", "jobs", id))).not.toContain("input");
    }
  });
});
