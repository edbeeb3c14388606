import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Random, UserError } from "../base/index.js";
import { describeNetwork, initialise, type NetworkDescription } from "../network/index.js";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { decodeTensors, encodeTensors } from "./safetensors.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-checkpoint-"));
const path = join(folder, "last.safetensors");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const description: NetworkDescription = {
  architecture: "unet",
  channels: 2,
  levels: 2,
  inputChannels: 1,
  outputChannels: 1,
  maximumChannels: 8,
  dropout: 0,
};
const network = describeNetwork(description);
const parameters = initialise(network, new Random(3));
const checkpoint: Checkpoint = {
  vectors: { parameters, momentum: parameters.map((value) => value / 3), empty: new Float32Array() },
  memory: {
    step: 40,
    schedule: { best: 0.25, rate: null },
    bestLoss: 0.25,
    bestStep: 20,
    bestDice: { liver: 0.75 },
    validationsWithoutBetter: 2,
    lossSum: 0.1 + 0.2,
    lossCount: 3,
    loggedSum: 0.1,
    loggedCount: 1,
  },
  fingerprint: "of the configuration and the data",
};

const rewrite = async (
  change: (metadata: Record<string, string>) => Record<string, string>,
): Promise<void> => {
  await saveCheckpoint(path, checkpoint, network.layout);
  const { tensors, metadata } = decodeTensors(readFileSync(path), path);
  writeFileSync(path, encodeTensors(tensors, change({ ...metadata })));
};

async function expectRefusal(layout: typeof network.layout, message: RegExp): Promise<void> {
  const failure = await loadCheckpoint(path, layout).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toContain(path);
  expect((failure as UserError).message).toMatch(message);
}

describe("checkpoint", () => {
  it("gives back everything it was saved with, and leaves one file", async () => {
    await saveCheckpoint(path, checkpoint, network.layout);
    expect(await loadCheckpoint(path, network.layout)).toEqual(checkpoint);
    expect(readdirSync(folder)).toEqual(["last.safetensors"]);
  });

  it("names every parameter in the file, with its sizes", async () => {
    await saveCheckpoint(path, checkpoint, network.layout);
    const { tensors } = decodeTensors(readFileSync(path), path);
    for (const { name, dims, offset } of network.layout) {
      const tensor = tensors.get(name);
      expect(tensor?.dims, name).toEqual(dims);
      expect(tensor?.data, name).toEqual(parameters.slice(offset, offset + tensor!.data.length));
    }
  });

  it("is replaced by the next one", async () => {
    await saveCheckpoint(path, checkpoint, network.layout);
    const next = { ...checkpoint, memory: { ...checkpoint.memory, step: 41, bestLoss: null } };
    await saveCheckpoint(path, next, network.layout);
    expect(await loadCheckpoint(path, network.layout)).toEqual(next);
  });

  it("missing: the message says to train first", async () => {
    rmSync(path, { force: true });
    await expectRefusal(network.layout, /no readable file.*Train without --resume first/);
  });

  it("cut off, is refused", async () => {
    await saveCheckpoint(path, checkpoint, network.layout);
    const { length } = readFileSync(path);
    for (const left of [length - 1, length >> 1, 100, 7, 0]) {
      truncateSync(path, left);
      await expectRefusal(network.layout, /cut off/);
    }
  });

  it("said to have a header of 100 GB, is refused", async () => {
    await saveCheckpoint(path, checkpoint, network.layout);
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(100_000_000_000n);
    writeFileSync(path, bytes);
    await expectRefusal(network.layout, /100000000000 bytes/);
  });

  it.each([
    ["more channels", { channels: 3 }],
    ["more levels", { levels: 3 }],
    ["another architecture", { architecture: "residual-unet" as const, levels: 3 }],
    ["more organs", { outputChannels: 2 }],
  ])("of a network with %s, is refused with the tensor that does not fit", async (_, change) => {
    await saveCheckpoint(path, checkpoint, network.layout);
    const other = describeNetwork({ ...description, ...change });
    await expectRefusal(other.layout, /no tensor \S+ of sizes [\d x]+/);
  });

  it("without the training's progress (weights from elsewhere), is refused", async () => {
    await rewrite(() => ({}));
    await expectRefusal(network.layout, /no record of the training's progress/);
    for (const memory of ["not JSON", "{}", '{"step":-1,"schedule":{},"bestLoss":null}']) {
      await rewrite((metadata) => ({ ...metadata, memory }));
      await expectRefusal(network.layout, /no record of the training's progress/);
    }
  });
});
