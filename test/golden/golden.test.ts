/** The numbers stay put: one run against its record, see README.md. `GOLDEN=record` records anew. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { webEngine } from "../../src/graph/engines/web.js";
import type { Engine } from "../../src/graph/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { exact, otherMachine, whatMoved } from "./compare.js";
import { type GoldenRun, goldenRun } from "./golden-run.js";
import { featuresIn, machineInWords, runtimeVersion, sameMachine, thisMachine } from "./machine.js";
import { readRecord, writeRecord } from "./record.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-golden-"));
const machine = thisMachine();
let found: GoldenRun;

const runOn = (engine: Engine): Promise<GoldenRun> => goldenRun(join(folder, engine.name), engine);

beforeAll(async () => {
  found = await runOn(nodeEngine());
  if (process.env.GOLDEN === "record") writeRecord({ machine, runtime: runtimeVersion(), run: found });
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fails with what moved, by what it was compared, and what to do. */
function expectUnmoved(moved: readonly string[], comparison: string): void {
  const { runtime } = readRecord();
  const sentence = [
    `The golden run moved: ${moved.join("; ")}.`,
    `It was compared ${comparison}; the record is of ONNX Runtime ${runtime}, this is ${runtimeVersion()}.`,
    "Where the change is meant, record anew with `GOLDEN=record npm run golden`, and say in the commit why the numbers moved.",
  ].join("\n");
  expect(moved, sentence).toEqual([]);
}

it("gives the weights, masks and verdicts on record", () => {
  const { machine: recorded, run } = readRecord();
  if (sameMachine(machine, recorded)) expectUnmoved(whatMoved(found, run, exact), "by hash");
  else {
    const why = `within a tolerance, because the record is of another machine (${machineInWords(recorded)})`;
    expectUnmoved(whatMoved(found, run, otherMachine), why);
  }
});

it("is within the tolerance on kernels that share nothing with the recorded ones", async () => {
  const web = await runOn(webEngine());
  expectUnmoved(whatMoved(web, readRecord().run, otherMachine), "on WebAssembly, within a tolerance");
  // A comparison by hash sees the difference: the tolerance is not there for nothing.
  expect(whatMoved(web, found, exact).length).toBeGreaterThan(1);
}, 600_000);

it("has masks and verdicts that could go wrong", () => {
  const { images } = readRecord().run;
  expect(new Set(images.map(({ foreign }) => foreign))).toEqual(new Set([true, false]));
  for (const { mask } of images) expect(new Set(mask)).toEqual(new Set([0, 1]));
});

it("sees each thing that moves, by itself and by its name", () => {
  const change = (difference: Partial<GoldenRun>): string[] =>
    whatMoved({ ...found, ...difference }, found, exact);
  const weights = found.weights.slice();
  weights[7] = Math.fround(weights[7]! * (1 + 2 ** -22));
  expect(change({ weights })).toEqual([
    expect.stringMatching(/^the weights: hash /),
    expect.stringMatching(/^the weights moved by /),
  ]);
  const [first, ...others] = found.images;
  const imageChange = (difference: object): string[] =>
    change({ images: [{ ...first!, ...difference }, ...others] });
  const mask = first!.mask.slice();
  mask[0]! ^= 1;
  expect(imageChange({ mask }).join()).toMatch(/^the mask of phantom_liver_ct\/.* changed by /);
  expect(imageChange({ foreign: !first!.foreign }).join()).toMatch(/is now foreign, and was not$/);
  expect(imageChange({ pValue: Number.NaN }).join()).toMatch(/^the p-value of /);
  expect(imageChange({ standardised: {} })).toHaveLength(Object.keys(first!.standardised).length);
  expect(imageChange({ voxelsHash: "x" }).join()).toMatch(/^the voxels of /);
  expect(change({ images: others }).join()).toMatch(/is not on record|are missing/);
  expect(whatMoved(found, found, exact)).toEqual([]);
});

it("tells machines apart by what chooses their kernels", () => {
  expect(featuresIn("processor: 0\nflags\t\t: fpu sse2 avx2 fma erms avx512f\n")).toEqual([
    "avx2",
    "avx512f",
    "fma",
    "sse2",
  ]);
  const known = { system: "linux x64", node: "20", features: ["avx2"] };
  expect(sameMachine(known, { ...known })).toBe(true);
  expect(sameMachine(known, { ...known, features: ["avx2", "fma"] })).toBe(false);
  expect(sameMachine({ ...known, features: [] }, { ...known, features: [] })).toBe(false);
});
