import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Random } from "../base/index.js";
import { nll } from "../calibration/index.js";
import { type PreparedCase, writeEntry } from "../dataset/index.js";
import type { Session, Tensor } from "../graph/index.js";
import { type TargetLayout, targetLayout } from "../labels/targets.js";
import { dice } from "../metrics/index.js";
import { affineFromSpacing } from "../volume/index.js";
import { type ValidationOptions, validate } from "./validation.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-validation-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const grid = { shape: [12, 10, 8] as const, affine: affineFromSpacing([1, 1, 1]) };
const voxels = 960;
const windows: ValidationOptions["windows"] = {
  window: [8, 8, 8],
  overlap: 0.5,
  multipleOf: [2, 2, 2],
  fixedSize: true,
};

/** The logits of a case are its image, a channel for each organ of the layout. */
async function makeCase(
  name: Pick<PreparedCase, "dataset" | "id" | "organs">,
  logits: readonly Float32Array[],
  target: Uint8Array,
): Promise<PreparedCase> {
  const entry = join(root, `${name.dataset}-${name.id}.case`);
  const data = new Float32Array(logits.length * voxels);
  for (const [channel, own] of logits.entries()) data.set(own, channel * voxels);
  const image = { ...grid, channels: logits.length, data };
  const placement = { original: grid, seen: { low: [0, 0, 0] as const, high: grid.shape } };
  const ceiling = { together: 1, organs: [] };
  await writeEntry(entry, { image, target, placement, organVoxels: [], ceiling });
  const files = { id: name.id, subject: name.id, images: [] };
  const given = { ...name, subject: name.id, files, grid, placement, ceiling, entry };
  return { ...given, channels: logits.length, filesHash: "", entryHash: "" };
}

/** A model whose logits are its input, and how often it ran. */
function identity(): Session & { runs: number } {
  return {
    runs: 0,
    inputNames: ["image"],
    outputNames: ["logits"],
    async run({ image }) {
      this.runs++;
      const { dims, data } = image as Tensor;
      return { logits: { type: "float32", dims, data: (data as Float32Array).slice() } };
    },
    release: async () => {},
  };
}

const noise = (seed: number, mean = 0): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: voxels }, () => mean + 2 * random.normal());
};
const block = (from: number, to: number, value = 1): Uint8Array =>
  new Uint8Array(voxels).fill(value, from, to);
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
const organ = (dataset: string, id: string, organs = ["liver"]) => ({ dataset, id, organs });

/** The same from the definition, with the metrics that evaluation uses. */
function expected(logits: Float32Array, reference: Uint8Array) {
  const probabilities = logits.map(sigmoid);
  const both = probabilities.reduce((sum, p, at) => sum + p * reference[at]!, 0);
  const size = probabilities.reduce((sum, p, at) => sum + p + reference[at]!, 0);
  const mask = Uint8Array.from(probabilities, (p) => (p > 0.5 ? 1 : 0));
  const soft = reference.includes(1) ? 1 - (2 * both) / size : 0;
  return { loss: soft + nll({ probabilities, reference }), dice: dice(mask, reference) };
}

const run = (cases: readonly PreparedCase[], layout: TargetLayout, changes = {}, session = identity()) =>
  validate(session, cases, layout, { windows, ...changes });

describe("validation on whole images", () => {
  test("weighs datasets alike, and volumes within them", async () => {
    const targets = [block(100, 200), block(0, 500), block(700, 900)];
    const cases = [
      await makeCase(organ("ct", "a"), [noise(1)], targets[0]!),
      await makeCase(organ("ct", "b"), [noise(2, -1)], targets[1]!),
      await makeCase(organ("mr", "a"), [noise(3, 1)], targets[2]!),
    ];
    const [a, b, c] = [
      expected(noise(1), targets[0]!),
      expected(noise(2, -1), targets[1]!),
      expected(noise(3, 1), targets[2]!),
    ];
    const seen: number[] = [];
    const onImage = (done: number) => seen.push(done);
    const found = await run(cases, targetLayout("shared", cases), { onImage });
    expect(found.loss).toBeCloseTo(((a.loss + b.loss) / 2 + c.loss) / 2, 5);
    expect(found.dice.ct).toBeCloseTo((a.dice + b.dice) / 2, 10);
    expect(found.dice.mr).toBeCloseTo(c.dice, 10);
    expect(seen).toEqual([1, 2, 3]);
  });

  test("sees false positives far from the organ, which patches on the organ do not", async () => {
    const target = block(0, 60);
    const right = Float32Array.from(target, (value) => (value ? 6 : -6));
    const wrong = right.slice().fill(6, 800, 900);
    const good = await makeCase(organ("ct", "right"), [right], target);
    const bad = await makeCase(organ("ct", "wrong"), [wrong], target);
    const layout = targetLayout("shared", [good]);
    expect((await run([good], layout)).dice.ct).toBe(1);
    const found = await run([bad], layout);
    expect(found.dice.ct).toBeCloseTo(120 / (60 + 160), 10);
    expect(found.loss).toBeGreaterThan((await run([good], layout)).loss + 0.4);
  });

  test("measures the annotated organs of a union by the mask that would be shipped", async () => {
    const target = block(0, 300, 1).fill(2, 300, 400);
    const logits = [noise(4), noise(5), noise(6)];
    const one = await makeCase(organ("ct", "u", ["spleen", "liver"]), logits, target);
    const layout: TargetLayout = { mode: "union", channels: ["liver", "heart", "spleen"] };
    const found = await run([one], layout);
    const liver = target.map((value) => (value === 2 ? 1 : 0));
    const spleen = target.map((value) => (value === 1 ? 1 : 0));
    const losses = [expected(logits[0]!, liver).loss, expected(logits[2]!, spleen).loss];
    expect(found.loss).toBeCloseTo((losses[0]! + losses[1]!) / 2, 5);
    // A voxel belongs to the most probable organ, be it one that the case does not annotate.
    const maskOf = (channel: number): Uint8Array =>
      Uint8Array.from({ length: voxels }, (_, at) => {
        const own = logits.map((values) => values[at]!);
        return own[channel]! > 0 && own[channel] === Math.max(...own) ? 1 : 0;
      });
    expect(found.dice.ct).toBeCloseTo((dice(maskOf(0), liver) + dice(maskOf(2), spleen)) / 2, 10);
  });

  test("an organ that the image does not show counts by its cross-entropy alone", async () => {
    const quiet = new Float32Array(voxels).fill(-8);
    const loud = quiet.slice().fill(8, 0, 10);
    const none = new Uint8Array(voxels);
    const first = await makeCase(organ("ct", "quiet"), [quiet], none);
    const second = await makeCase(organ("ct", "loud"), [loud], none);
    const layout = targetLayout("shared", [first]);
    const good = await run([first], layout);
    const bad = await run([second], layout);
    expect(good.dice.ct).toBe(1);
    expect(good.loss).toBeCloseTo(expected(quiet, none).loss, 6);
    expect(bad.dice.ct).toBe(0);
    expect(bad.loss).toBeGreaterThan(10 * good.loss);
  });

  test("lays its windows without overlap", async () => {
    const one = await makeCase(organ("ct", "w"), [noise(7)], block(0, 10));
    const session = identity();
    await run([one], targetLayout("shared", [one]), { windows: { ...windows, window: [4, 10, 8] } }, session);
    expect(session.runs).toBe(3);
  });

  test("stops when asked to", async () => {
    const one = await makeCase(organ("ct", "s"), [noise(8)], block(0, 10));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(run([one], targetLayout("shared", [one]), { signal })).rejects.toThrow("enough");
  });
});
