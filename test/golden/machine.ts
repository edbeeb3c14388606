/** What decides the last bits of a result besides the code: which kernels an engine chooses, and how Node computes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export interface GoldenMachine {
  readonly system: string;
  /** Its major version: that of V8's exponentials and logarithms. */
  readonly node: string;
  /** The processor's vector instructions, by which ONNX Runtime chooses kernels; empty where the system does not say. */
  readonly features: readonly string[];
}

const VECTOR = /^(sse\w*|ssse3|avx\w*|fma|f16c|amx\w*|vnni|asimd\w*|sve\w*|bf16|i8mm)$/;

export function thisMachine(): GoldenMachine {
  return {
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node.split(".")[0]!,
    features: featuresIn(processorText()),
  };
}

/** @param text of Linux's /proc/cpuinfo */
export function featuresIn(text: string): string[] {
  const [, flags = ""] = /^(?:flags|Features)\s*:(.*)$/m.exec(text) ?? [];
  return [...new Set(flags.split(/\s+/).filter((flag) => VECTOR.test(flag)))].sort();
}

/** The same kernels and the same arithmetic are to be expected. Where features are unknown, nothing is. */
export const sameMachine = (a: GoldenMachine, b: GoldenMachine): boolean =>
  a.features.length > 0 && JSON.stringify(a) === JSON.stringify(b);

export const machineInWords = ({ system, node, features }: GoldenMachine): string =>
  `${system}, Node ${node}, ${features.length === 0 ? "unknown processor features" : features.join(" ")}`;

export function runtimeVersion(): string {
  return createRequire(import.meta.url)("onnxruntime-node/package.json").version;
}

function processorText(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
