/** A bundle with its network open: what programs hold while they predict. */
import { UserError } from "../base/index.js";
import {
  type BundleFiles,
  type Card,
  type Labels,
  type OpenedBundle,
  openNetworks,
  openBundle as openParts,
} from "../bundle/index.js";
import type { Engine } from "../graph/index.js";

/** A bundle with its network open in an engine. It takes memory until it is closed, and serves one image at a time. */
export interface OpenBundle {
  /** What the card calls it. */
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the bundle's manifest, in hexadecimal: what results name the bundle by. */
  readonly fingerprint: string;
  /** For whom and what the network is, from which data, and how good. */
  readonly card: Card;
  /** The same as Markdown. */
  readonly cardText: string;
  /** What goes into the network and what comes out: organs, channels of the image, modalities. */
  readonly labels: Labels;
  /** Frees the network. Predicting with the bundle afterwards is an error. */
  close(): Promise<void>;
}

const open = new WeakMap<OpenBundle, OpenedBundle>();

/** @throws UserError naming the part that is missing, altered, of another version or not as it should be */
export async function openFiles(files: BundleFiles, engine: Engine): Promise<OpenBundle> {
  const bundle = await openParts(files);
  const networks = await openNetworks(engine, bundle);
  const { card, cardText, fingerprint, labels } = bundle;
  const opened: OpenBundle = {
    name: card.name,
    version: card.version,
    fingerprint,
    card,
    cardText,
    labels,
    async close() {
      // Closing twice does no harm.
      if (open.delete(opened)) await networks.session.release();
    },
  };
  open.set(opened, networks);
  return opened;
}

/** What the pipeline works with. @throws UserError where the bundle was closed */
export function openedOf(bundle: OpenBundle): OpenedBundle {
  const opened = open.get(bundle);
  if (opened !== undefined) return opened;
  throw new UserError({
    subject: "bundle",
    found: "one that was closed",
    expected: "an open one",
    advice: "Open it again, or close it after the last image.",
  });
}
