import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../base/index.js";
import { affineFromSpacing, type Volume } from "../../volume/index.js";
import { inspectDataset } from "../inspect.js";
import { loadImage, loadLabels } from "../load-case.js";
import { openDataset } from "../open-dataset.js";
import { makePhantomDatasets, type PhantomFolder } from "./index.js";
import { foreignKinds, trainedKinds } from "./kinds.js";
import { drawScene } from "./scene.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-phantoms-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const options = { casesPerDataset: 4, foreignCasesPerKind: 2, shape: [20, 22, 16] as const };
let made: Awaited<ReturnType<typeof makePhantomDatasets>>;
beforeAll(async () => {
  made = await makePhantomDatasets(join(root, "first"), options);
});

/** A hash of every file below a folder, by name. */
function hashes(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex"),
      ]),
  );
}

async function casesOf({ folder }: PhantomFolder): Promise<{ image: Volume; labels: Volume<Uint8Array> }[]> {
  const dataset = await openDataset(folder);
  return Promise.all(
    dataset.cases.map(async (files) => ({
      image: await loadImage(files, 1),
      labels: await loadLabels(files.label as string, dataset),
    })),
  );
}

const share = (labels: Volume<Uint8Array>): number =>
  labels.data.filter((value) => value === 1).length / labels.data.length;

describe("phantom datasets", () => {
  it("are the same bytes for the same seed, and other ones for another", async () => {
    await makePhantomDatasets(join(root, "second"), options);
    const first = hashes(join(root, "first"));
    expect(Object.keys(first).length).toBeGreaterThan(50);
    expect(hashes(join(root, "second"))).toEqual(first);
    await makePhantomDatasets(join(root, "other"), { ...options, seed: 2 });
    for (const [name, hash] of Object.entries(hashes(join(root, "other")))) {
      // The only labels that do not vary are those of images without an organ.
      const varies = name.endsWith(".nii.gz") && !(name.includes("foreign") && name.includes("labels"));
      if (varies) expect(hash, name).not.toBe(first[name]);
    }
  });

  it("have the same first cases however many are made", async () => {
    await makePhantomDatasets(join(root, "fewer"), {
      ...options,
      casesPerDataset: 1,
      foreignCasesPerKind: 1,
    });
    const first = hashes(join(root, "first"));
    for (const [name, hash] of Object.entries(hashes(join(root, "fewer")))) {
      if (name.endsWith(".nii.gz")) expect(hash, name).toBe(first[name]);
    }
  });

  it("are good datasets of every layout, with the organ and the modality that they say", async () => {
    for (const one of made.datasets) {
      const dataset = await openDataset(one.folder, { modality: one.modality });
      const { problems, cases } = await inspectDataset(dataset);
      expect(problems, one.name).toEqual([]);
      expect(cases, one.name).toHaveLength(options.casesPerDataset);
      if (dataset.layout !== "plain") {
        expect(dataset.labels).toEqual({ [one.organ]: 1 });
        expect((await openDataset(one.folder)).modalities).toEqual([one.modality]);
      }
    }
    const layoutNames = await Promise.all(
      made.datasets.map(async (one) => (await openDataset(one.folder)).layout),
    );
    expect(new Set(layoutNames)).toEqual(new Set(["msd", "nnunet", "plain"]));
  });

  it("have an organ in every case, neither a speck nor most of the image", async () => {
    for (const one of made.datasets) {
      for (const { labels } of await casesOf(one)) {
        expect(share(labels), one.name).toBeGreaterThan(0.003);
        expect(share(labels), one.name).toBeLessThan(0.3);
      }
    }
  });

  it("vary in anatomy from case to case, not in noise alone", async () => {
    for (const one of made.datasets) {
      const cases = await casesOf(one);
      for (const [index, { labels }] of cases.entries()) {
        for (const { labels: other } of cases.slice(0, index)) {
          const both = labels.data.filter((value, at) => value === 1 && other.data[at] === 1).length;
          const dice = (2 * both) / (labels.data.length * (share(labels) + share(other)));
          expect(dice, one.name).toBeLessThan(0.98);
        }
      }
    }
  });

  it("show the organ: its voxels are told from the air by their intensity", async () => {
    for (const one of made.datasets) {
      for (const { image, labels } of await casesOf(one)) {
        const mean = (wanted: (at: number) => boolean): number => {
          const values = [...image.data].filter((_, at) => wanted(at));
          return values.reduce((sum, value) => sum + value, 0) / values.length;
        };
        const organ = mean((at) => labels.data[at] === 1);
        const corner = image.data[0]!;
        expect(Math.abs(organ - corner), one.name).toBeGreaterThan(20);
      }
    }
  });

  it("include foreign images without any organ, which no trained kind shares a name with", async () => {
    expect(made.foreign.map(({ name }) => name)).toEqual(foreignKinds.map(({ name }) => name));
    const names = [...trainedKinds, ...foreignKinds].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const one of made.foreign) {
      const cases = await casesOf(one);
      expect(cases).toHaveLength(options.foreignCasesPerKind);
      for (const { labels } of cases) expect(share(labels), one.name).toBe(0);
    }
  });
});

describe("a drawn scene", () => {
  const still = { air: -1000, noise: 0, rician: false, bias: 0 };
  const shape = [40, 40, 40] as const;
  const draw = (bodies: Parameters<typeof drawScene>[0]["bodies"]) =>
    drawScene({ ...still, bodies }, shape, [2, 2, 2], new Random(1));

  it("is centred in the patient", () => {
    const { image } = draw([]);
    expect(image.affine).toEqual(affineFromSpacing([2, 2, 2], [-39, -39, -39]));
    expect(image.data.every((value) => value === -1000)).toBe(true);
  });

  it("has ellipsoids of the size asked for, with their intensity inside", () => {
    const { image, labels } = draw([{ centre: [0, 0, 0], radii: [0.6, 0.5, 0.4], intensity: 50, label: 1 }]);
    const volume = (4 / 3) * Math.PI * 12 * 10 * 8;
    const labelled = labels.data.filter((value) => value === 1).length;
    expect(Math.abs(labelled / volume - 1)).toBeLessThan(0.03);
    const middle = 20 + 40 * (20 + 40 * 20);
    expect(image.data[middle]).toBe(50);
    expect(image.data[0]).toBe(-1000);
  });

  it("has later bodies over earlier ones, in image and labels", () => {
    const ball = { centre: [0, 0, 0], radii: [0.5, 0.5, 0.5] } as const;
    const inner = { centre: [0, 0, 0], radii: [0.25, 0.25, 0.25] } as const;
    const { image, labels } = draw([
      { ...ball, intensity: 50, label: 1 },
      { ...inner, intensity: 90 },
    ]);
    const middle = 20 + 40 * (20 + 40 * 20);
    expect(labels.data[middle]).toBe(0);
    expect(image.data[middle]).toBe(90);
    expect(labels.data[middle + 8]).toBe(1);
  });
});
