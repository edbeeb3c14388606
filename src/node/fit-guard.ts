import {
  adoptNetwork,
  type NetworkFile,
  type NetworkFileInput,
  networkFileSchema,
  openNetwork,
  readNetworkFile,
} from "../adoption/index.js";
import { readModelFile } from "../cli/guard/model-file.js";
import { casesInFolders } from "../dataset/index.js";
import { parseWith } from "../run/configuration-file.js";
import { nodeEngine } from "../run/engines/node.js";
import type { OpenOptions } from "./open-bundle.js";

/** What a guard is fitted to. */
export interface GuardFitOptions extends OpenOptions {
  /** Path of the ONNX model. */
  readonly model: string;
  /** Path of its network file, or what such a file says (docs/any-model.md). */
  readonly network: string | NetworkFileInput;
  /** Folder of images that the network is meant for. */
  readonly images: string;
  /** Folder of label files called as the images: also fits the temperature, and measures the accuracy. */
  readonly labels?: string;
  /** Layers to tap; default: those that `sureseg guard layers` marks. */
  readonly layers?: readonly string[];
  /** Promised rate of false alarms; default 0.1. */
  readonly alpha?: number;
  /** How singular values become a signature; default `per-voxel`. */
  readonly form?: "paper" | "per-voxel";
  readonly signal?: AbortSignal;
}

/** A guarded bundle. */
export interface FittedGuard {
  /** Its files by name, for `openBundle` or to be written into a folder. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** What whoever uses the bundle should know. */
  readonly warnings: readonly string[];
}

/**
 * Makes a guarded bundle of a network of other software, without training and without labels.
 *
 * @throws UserError where the model or its network file cannot be used, or the images are too few for the promise
 */
export async function fitGuard(options: GuardFitOptions): Promise<FittedGuard> {
  const { alpha = 0.1, form = "per-voxel", layers, signal } = options;
  const file = await networkFile(options.network);
  const cases = await casesInFolders(options.images, file.modalities.length, options.labels);
  const engine = nodeEngine(options);
  const network = await openNetwork(engine, await readModelFile(options.model), file, { layers });
  const hooks = { stage() {}, progress() {}, signal };
  const { files, warnings } = await adoptNetwork(network, file, { cases, alpha, form }, { engine, hooks });
  return { files, warnings };
}

const networkFile = (network: GuardFitOptions["network"]): NetworkFile | Promise<NetworkFile> =>
  typeof network === "string" ? readNetworkFile(network) : parseWith(networkFileSchema, network, "network");
