/** The bundles that a server or worker offers: verified when it starts, by name. The network itself is opened elsewhere. */
import { basename, join, resolve } from "node:path";
import { UserError } from "../../base/index.js";
import { type Bundle, bundleFileNames, MANIFEST } from "../../bundle/index.js";
import { readFileBytes } from "../../dataset/index.js";
import { readBundleFolder } from "../../run/bundle-folder.js";

/** A bundle without its model, which only the thread that computes holds in memory. */
export interface ServedBundle extends Pick<Bundle, "fingerprint" | "card" | "labels" | "cardText"> {
  /** What requests call it: lower case letters, digits, `-`, `_`, `.`. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Names of the bundle's own files in it. */
  readonly files: readonly string[];
}

export type ServedBundles = ReadonlyMap<string, ServedBundle>;

/**
 * @param given folders; `NAME=FOLDER` where the name is not to be that of the bundle's card
 * @throws UserError naming the bundle that is broken, or whose name another one has
 */
export async function openServedBundles(given: readonly string[]): Promise<ServedBundles> {
  const bundles = new Map<string, ServedBundle>();
  for (const text of given) {
    const { name: stated, folder } = parts(text);
    const { fingerprint, card, labels, cardText } = await readBundleFolder(folder);
    const name = stated ?? slug(card.name) ?? slug(basename(folder)) ?? "bundle";
    const other = bundles.get(name);
    if (other !== undefined) {
      throw new UserError({
        subject: text,
        found: `a bundle named ${name}, as that in ${other.folder} is`,
        expected: "another name for each bundle",
        advice: "Give it one: NAME=FOLDER.",
      });
    }
    const manifest = await readFileBytes(join(folder, MANIFEST), { expected: "a bundle's manifest" });
    const files = [MANIFEST, ...bundleFileNames({ [MANIFEST]: manifest })];
    bundles.set(name, { name, folder, files, fingerprint, card, labels, cardText });
  }
  return bundles;
}

function parts(text: string): { readonly name?: string; readonly folder: string } {
  const [, name, folder] = /^([A-Za-z0-9][\w.-]{0,63})=(.+)$/.exec(text) ?? [];
  return folder === undefined
    ? { folder: resolve(text) }
    : { name: name!.toLowerCase(), folder: resolve(folder) };
}

/** Undefined where nothing of the text can be in a name. */
function slug(text: string): string | undefined {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/g, "-")
    .replace(/^[-_.]+|[-_.]+$/g, "")
    .slice(0, 64);
  return plain === "" ? undefined : plain;
}
