import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseConfiguration, readConfiguration } from "./configuration.js";

const least = { name: "a", output: "run", datasets: [{ folder: "data", organs: { liver: [1] } }] };
const folder = mkdtempSync(join(tmpdir(), "sureseg-configuration-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (text: string): string => {
  const path = join(folder, "c.yaml");
  writeFileSync(path, text);
  return path;
};

describe("parseConfiguration", () => {
  it("fills in defaults", () => {
    expect(parseConfiguration(least, "c")).toMatchObject({
      seed: 1,
      labelMode: "shared",
      network: { architecture: "unet", channels: 16, levels: 4 },
      loss: { kind: "dice+cross-entropy" },
      guard: { form: "per-voxel", alpha: 0.1 },
    });
  });

  it("gives itself back", () => {
    const whole = parseConfiguration(least, "c");
    expect(parseConfiguration(structuredClone(whole), "c")).toEqual(whole);
  });

  it.each([
    [{ update: 10 }, /c: found update: unknown field, did you mean updates\?/],
    [{ network: { chanels: 3 } }, /network\.chanels: unknown field, did you mean channels\?/],
    [{ updates: 0 }, /updates: /],
    [{ updates: 1.5 }, /updates: /],
    [{ batch: "two" }, /batch: .*number/],
    [{ patch: [16, 16] }, /patch/],
    [{ datasets: [] }, /datasets: /],
    [{ datasets: [{ folder: "d", organs: { liver: [0] } }] }, /datasets\.0\.organs\.liver\.0: /],
    [{ network: { architecture: "transformer" } }, /network\.architecture: .*unet/],
    [{ optimiser: { learningRate: -1 } }, /optimiser\.learningRate: /],
    [{ guard: { alpha: 1 } }, /guard\.alpha: /],
    [{ name: "../up" }, /name: /],
  ])("refuses %j", (change, message) => {
    expect(() => parseConfiguration({ ...least, ...change }, "c")).toThrow(message);
  });

  it("names every wrong field at once", () => {
    const parse = () => parseConfiguration({ ...least, updates: 0, batch: 0, extra: 1 }, "c");
    expect(parse).toThrow(/updates/);
    expect(parse).toThrow(/batch/);
    expect(parse).toThrow(/extra/);
  });
});

describe("readConfiguration", () => {
  it("takes folders from where the file lies", async () => {
    const read = await readConfiguration(
      file("name: a\noutput: run\ndatasets: [{folder: ../data, subjects: s.csv, organs: {liver: [1]}}]"),
    );
    expect(read.output).toBe(join(folder, "run"));
    expect(read.datasets[0]!.folder).toBe(join(folder, "../data"));
    expect(read.datasets[0]!.subjects).toBe(join(folder, "s.csv"));
  });

  it("names a file that is missing or no YAML", async () => {
    await expect(readConfiguration(join(folder, "none.yaml"))).rejects.toThrow(
      /none\.yaml: found no readable/,
    );
    await expect(readConfiguration(file("a: [1"))).rejects.toThrow(/c\.yaml: .*expected YAML/);
    await expect(readConfiguration(file("just text"))).rejects.toThrow(/c\.yaml: .*the configuration: /);
  });
});
