import { createHash } from "node:crypto";
import { pathsOfImage } from "./image-files.js";
import { piecesOf } from "./read-bytes.js";

/**
 * SHA-256 of what files hold, in this order and whatever their names; in constant memory. A folder stands for the files in
 * it.
 *
 * @throws UserError naming the file that cannot be read
 */
export async function hashOfFiles(paths: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  // Digests have one length, so that no byte can pass from one file to the next unseen.
  for (const path of paths) whole.update(await digestOfImage(path));
  return whole.digest("hex");
}

async function digestOfImage(path: string): Promise<Buffer> {
  const files = await pathsOfImage(path);
  if (files.length === 1 && files[0] === path) return digestOfFile(path);
  const hash = createHash("sha256");
  for (const file of files) hash.update(await digestOfFile(file));
  return hash.digest();
}

async function digestOfFile(path: string): Promise<Buffer> {
  const hash = createHash("sha256");
  for await (const piece of piecesOf(path, { expected: "an image file" })) hash.update(piece);
  return hash.digest();
}
