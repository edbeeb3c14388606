/** What this browser computes with best: its graphics card, else threads, else one thread. */
import type { ComputingReason, OwnComputing } from "./protocol.js";

/** More threads than these bring little: windows are small. */
const MOST_THREADS = 8;

/** @param asked what must compute */
export async function chooseComputing(asked: OwnComputing["device"] | undefined): Promise<OwnComputing> {
  if (asked === "webgpu") return { device: "webgpu" };
  if (asked === "cpu") return processor("asked");
  const adapter = await graphicsAdapter();
  if (adapter === undefined) return processor("no-webgpu");
  return adapter.isFallback ? processor("software-webgpu") : { device: "webgpu" };
}

/** @param reason why it is not the graphics card */
export function processor(reason: ComputingReason): OwnComputing {
  const cores = navigator.hardwareConcurrency || 1;
  const isolated = globalThis.crossOriginIsolated === true;
  const threads = isolated ? Math.min(cores, MOST_THREADS) : 1;
  const single: ComputingReason[] = threads > 1 ? [] : [isolated ? "one-core" : "not-isolated"];
  return { device: "cpu", threads, reasons: [reason, ...single] };
}

/** The part of WebGPU that is looked at; TypeScript's libraries lack it. */
interface Graphics {
  requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean }; isFallbackAdapter?: boolean } | null>;
}

async function graphicsAdapter(): Promise<{ readonly isFallback: boolean } | undefined> {
  const { gpu } = navigator as { gpu?: Graphics };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (adapter === null || adapter === undefined) return undefined;
  return { isFallback: (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) === true };
}
