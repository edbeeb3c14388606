/** What a user is told when a device other than the CPU cannot open or run a model. */
import { UserError } from "../../base/index.js";
import type { Device } from "../engine.js";

/** The runtime's error in a user's terms; on the CPU, where the device is never at fault, the error itself. */
export function deviceFault(device: Device, error: unknown): unknown {
  if (device === "cpu") return error;
  const message = error instanceof Error ? error.message : String(error);
  const subject = `the device ${device}`;
  if (/assigned to the default CPU EP/.test(message)) {
    return new UserError({
      subject,
      found: "an operator of the model that cannot be computed there",
      expected: "a model that runs on the device as a whole",
      advice: "Run with --device cpu.",
    });
  }
  if (/adapter|no available backend/i.test(message)) {
    return new UserError({
      subject,
      found: "no graphics card that can be used through WebGPU",
      expected:
        "an adapter: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS, or a browser with WebGPU",
      advice:
        "Run with --device cpu, or install the card's driver (on Linux also the Vulkan loader, libvulkan1).",
    });
  }
  return new UserError({
    subject,
    found: `an error: ${message.trim().slice(0, 500)}`,
    expected: "a model that runs there",
    advice: "Try --device cpu: where that fails too, the model is at fault.",
  });
}
