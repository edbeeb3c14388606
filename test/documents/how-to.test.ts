/** docs/any-model.md followed to its end: its commands, in their order, in a folder that holds a MONAI bundle and nothing else. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { networkFileSchema } from "../../src/adoption/index.js";
import { readVolumeFile } from "../../src/dataset/index.js";
import { dice } from "../../src/metrics/index.js";
import { binary, type Outcome, Workplace } from "../end-to-end/workplace.js";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/any-model.md"), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map(
    (match) => match[1] as string,
  );
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));

const workplace = new Workplace();
const { folder } = workplace;
const path = (...names: string[]): string => join(folder, ...names);

beforeAll(() => {
  // What test/oracle/any-model/how_to.py made; its model by the page's own Python.
  cpSync(resolve(import.meta.dirname, "../oracle/fixtures/how-to"), folder, { recursive: true });
  // Of a folder of nnU-Net the two files that the page names.
  writeFileSync(
    path("plans.json"),
    JSON.stringify({
      dataset_name: "Dataset001_Ball",
      image_reader_writer: "SimpleITKIO",
      transpose_forward: [0, 1, 2],
      foreground_intensity_properties_per_channel: {},
      configurations: {
        "3d_fullres": {
          patch_size: [16, 16, 16],
          spacing: [2, 1.5, 1.5],
          normalization_schemes: ["ZScoreNormalization"],
          use_mask_for_norm: [false],
        },
      },
    }),
  );
  writeFileSync(
    path("dataset.json"),
    JSON.stringify({ channel_names: { "0": "CT" }, labels: { background: 0, ball: 1 } }),
  );
  // What `npm install --global .` puts on the path.
  mkdirSync(path("bin"));
  writeFileSync(path("bin", "sureseg"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
  chmodSync(path("bin", "sureseg"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const follow = (command: string): Promise<Outcome> =>
  workplace.run("sh", ["-c", `PATH="${path("bin")}:$PATH"; ${command}`]);

describe.skipIf(!existsSync(binary))("the how-to (skipped: not built)", () => {
  it("names every command of guard, and those that use a bundle", () => {
    const named = commands.map((command) => /^sureseg ((?:guard )?\S+)/.exec(command)?.[1]);
    expect(named).toEqual([
      "guard layers",
      "guard import-bundle",
      "guard import-plans",
      "guard fit",
      "guard fit",
      "predict",
      "guard check",
      "evaluate",
    ]);
  });

  const printed: Record<string, string> = {};
  it.each(commands)("%s", async (command) => {
    const { status, stdout, stderr } = await follow(command);
    // 3: some image is foreign, which a guard of ten images may well say.
    expect(/ (predict|check|evaluate) /.test(command) ? [0, 3] : [0], stderr).toContain(status);
    printed[command] = stdout;
  });

  it("lists layers with a star at those that are tapped, and measures a good network as one", () => {
    const [layers, , , , fitted] = commands.map((command) => printed[command]);
    expect(layers).toMatch(/^\* /m);
    const [, accuracy] = /^Ball +10 +all +(\d\.\d+) /m.exec(fitted as string) ?? [];
    expect(Number(accuracy)).toBeGreaterThan(0.8);
  });

  it("gives MONAI's own mask of the new scan", async () => {
    const ours = await readVolumeFile(path("results", "new-scan_mask.nii.gz"));
    const theirs = await readVolumeFile(path("by-monai", "new-scan.nii.gz"));
    expect(theirs.data.filter((value) => value === 1).length).toBeGreaterThan(100);
    expect(dice(Uint8Array.from(ours.data), Uint8Array.from(theirs.data))).toBeGreaterThan(0.999);
  });

  it("writes what the page says", () => {
    for (const name of ["new-scan_mask.nii.gz", "new-scan_confidence.nii.gz", "new-scan_verdict.json"])
      expect(existsSync(path("results", name)), name).toBe(true);
  });
});

it("the network file of the page is one, also with regions", () => {
  const [whole, regions] = blocks("yaml").map((block) => parse(block) as object);
  expect(networkFileSchema.safeParse(whole).error).toBeUndefined();
  expect(networkFileSchema.safeParse({ ...whole, ...regions }).error).toBeUndefined();
});
