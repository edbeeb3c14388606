/** What fuzzing found, or what was found while it was written: one small input of each kind. */
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { parseJson, Random, UserError } from "../../src/base/index.js";
import { openBundle, openNetworks } from "../../src/bundle/index.js";
import { MANIFEST, writeManifest } from "../../src/bundle/manifest.js";
import { openDataset } from "../../src/dataset/index.js";
import { parseWith, readYaml } from "../../src/run/configuration-file.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { bundleFiles } from "../library/bundle-of-phantoms.js";
import { MOST_MILLISECONDS } from "./judge.js";
import { changedModel, smallModel } from "./parsers/model-changes.js";
import { Scratch } from "./parsers/scratch.js";

const scratch = new Scratch();
afterAll(() => scratch.remove());

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error,
  );

/** Milliseconds of the processor's time, so that a busy machine changes nothing. */
async function busy(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("a bundle whose manifest vouches for a model that is none", () => {
  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["text", Buffer.from("no model")],
    ["cut off", smallModel().subarray(0, 3000)],
    ["changed", changedModel(smallModel(), new Random(5))],
  ])("is refused with a sentence: %s", async (_, model) => {
    const files = { ...bundleFiles(), "model.onnx": model };
    const bundle = await openBundle({ ...files, [MANIFEST]: Buffer.from(await writeManifest(files, 1)) });
    const error = await failureOf(openNetworks(nodeEngine({ threads: 1 }), bundle));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/^bundle, model\.onnx: found a model that cannot be opened/);
  });
});

describe("a configuration", () => {
  const schema = z.strictObject({ name: z.string() });

  it("with as many keys as a file may hold is read at once, and one that is there twice is refused with its line", async () => {
    const lines = Array.from({ length: 25_000 }, (_, at) => `k${at}: 1`);
    const crowd = scratch.write("crowd.yaml", Buffer.from(lines.join("\n")));
    expect(await busy(() => readYaml(crowd))).toBeLessThan(MOST_MILLISECONDS);
    const twice = scratch.write("twice.yaml", Buffer.from([...lines.slice(0, 9), "k3: 2"].join("\n")));
    expect(String(await failureOf(readYaml(twice)))).toMatch(
      /a key that is not unique at line 10, expected YAML/,
    );
  });

  it.each<[string, object]>([
    [
      "thousands of unknown fields",
      Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 1])),
    ],
    ["a field of a million letters", { ["n".repeat(1_000_000)]: 1 }],
  ])("with %s is refused at once, in a message of bearable length", async (_, data) => {
    let error: unknown;
    const milliseconds = await busy(async () => {
      error = await failureOf((async () => parseWith(schema, data, "run.yaml"))());
    });
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message.length).toBeLessThan(20_000);
    expect(milliseconds).toBeLessThan(MOST_MILLISECONDS);
  });
});

describe("dataset.json", () => {
  /** JSON may hold objects whose `toString` is no function: whatever turns them into text throws. */
  const stubborn = { toString: 1, valueOf: 1 };

  it.each<[string, object]>([
    ["a channel (Decathlon)", { training: [], modality: { "0": stubborn }, labels: {} }],
    ["a label (Decathlon)", { training: [], modality: { "0": "CT" }, labels: { "1": stubborn } }],
    ["a channel (nnU-Net)", { channel_names: { "0": stubborn }, labels: {} }],
    ["a label (nnU-Net)", { channel_names: { "0": "CT" }, labels: { liver: stubborn } }],
  ])("with an object for the name of %s is refused with a sentence", async (_, json) => {
    scratch.write("dataset.json", Buffer.from(JSON.stringify(json)));
    expect(await failureOf(openDataset(scratch.folder))).toBeInstanceOf(UserError);
  });
});

it("what a message quotes of a file cannot steer a terminal", async () => {
  const error = (await failureOf(
    (async () => parseJson("\u001b[2J\u009b1m", z.unknown(), "a\u0007.json"))(),
  )) as UserError;
  expect(error.message).toMatch(/^a\?\.json: found text that is not JSON/);
  expect(error.message).not.toMatch(/\p{Cc}/u);
  expect(error.subject).toBe("a?.json");
});
