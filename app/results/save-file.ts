import type { FileToSave } from "../compute/protocol.js";

/** Hands a file to the browser's downloads. */
export function saveFile({ name, bytes }: FileToSave): void {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun by the next turn; the address must live until then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
