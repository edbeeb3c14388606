/** Bundles: each part changed under a manifest that vouches for it, the manifest itself, and the model up to ONNX Runtime. */
import { openBundle, openNetworks } from "../../../src/bundle/index.js";
import { MANIFEST, type PartName, partNames, writeManifest } from "../../../src/bundle/manifest.js";
import { nodeEngine } from "../../../src/run/engines/node.js";
import { fixture } from "../fixtures.js";
import type { OpenParser } from "../parser.js";
import { changedText } from "./json-changes.js";
import { changedModel, smallModel } from "./model-changes.js";

const FOLDER = "bundle-version-1";

const files: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  [MANIFEST, ...partNames].map((name) => [name, fixture(`${FOLDER}/${name}`)]),
);

/** The bundle with one part replaced, under a manifest that says so. */
async function forged(name: string, bytes: Uint8Array): Promise<Record<string, Uint8Array>> {
  const changed = { ...files, [name]: bytes };
  return { ...changed, [MANIFEST]: Buffer.from(await writeManifest(changed, 1)) };
}

/** A part of JSON or text, or the manifest itself. */
export async function openPart(name: PartName | typeof MANIFEST): Promise<OpenParser> {
  const seed = files[name]!;
  const isJson = name.endsWith(".json");
  const document: unknown = isJson ? JSON.parse(Buffer.from(seed).toString()) : undefined;
  const ensemble = { ...(document as object), version: 2, networks: 2 };
  return {
    seeds: name === MANIFEST ? [seed, Buffer.from(JSON.stringify(ensemble))] : [seed],
    read: async (bytes) =>
      openBundle(name === MANIFEST ? { ...files, [name]: bytes } : await forged(name, bytes)),
    ...(isJson && { grammar: (random) => Buffer.from(changedText(document, random)) }),
  };
}

export async function openNetwork(): Promise<OpenParser> {
  const engine = nodeEngine({ threads: 1 });
  const seed = smallModel();
  return {
    seeds: [seed],
    async read(bytes) {
      const bundle = await openBundle(await forged("model.onnx", bytes));
      const { session } = await openNetworks(engine, bundle);
      await session.release();
    },
    grammar: (random) => changedModel(seed, random),
  };
}
