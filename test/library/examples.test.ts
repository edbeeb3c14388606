/** The examples for Node, run as a user runs them. The one for browsers is run by test/browser/library.test.ts. */
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { bundleFiles, bundleFolder, Phantoms } from "./bundle-of-phantoms.js";

const examples = resolve(import.meta.dirname, "../../examples");
const phantoms = new Phantoms(10);
const inFolder = (name: string): string => join(phantoms.folder, name);

beforeAll(() => phantoms.make());
afterAll(() => phantoms.remove());

const run = (script: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [join(examples, script), ...args], { cwd: phantoms.folder });

it("examples/node segments a scan and writes its mask", async () => {
  const { stdout } = await run("node/segment.mjs", phantoms.liver(), "results", bundleFolder);
  const [verdict, voxels, mask] = stdout.trim().split("\n");
  expect(verdict).toMatch(/^Trusted\. Looks like phantom_liver_ct, p = [01]\.\d{3}\.$/);
  expect(voxels).toMatch(/^\d+ voxels of liver or kidneys$/);
  expect(mask).toBe(inFolder("results/case_01_mask.nii.gz"));
  expect(existsSync(mask!)).toBe(true);
});

it("examples/node says one sentence of a scan that is none", async () => {
  await expect(run("node/segment.mjs", "none.nii", "results", bundleFolder)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: none\.nii: found no such file, .*\n$/),
  });
});

it("examples/own-model guards a network that it did not train", async () => {
  const files = bundleFiles();
  const json = (name: string) => JSON.parse(new TextDecoder().decode(files[name]));
  writeFileSync(inFolder("model.onnx"), files["model.onnx"]!);
  const { window, overlap, fixedSize } = json("inference.json");
  writeFileSync(
    inFolder("network.yaml"),
    stringify({
      name: "theirs",
      modalities: ["CT"],
      organs: { liver: 1 },
      output: { name: "logits", labelMode: "shared" },
      preparation: { spacing: json("preparation.json").spacing },
      windows: { window, overlap, fixedSize },
    }),
  );
  const { stdout } = await run(
    "own-model/guard.mjs",
    "model.onnx",
    "network.yaml",
    inFolder("phantom_liver_ct/imagesTr"),
    phantoms.liver(),
  );
  expect(stdout).toBe("trusted\n");
  expect(existsSync(inFolder("guarded/manifest.json"))).toBe(true);
});
