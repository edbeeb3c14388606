import { createHash } from "node:crypto";
import { piecesOf } from "./read-bytes.js";

/**
 * SHA-256 of what files hold, in this order and whatever their names; in constant memory.
 *
 * @throws UserError naming the file that cannot be read
 */
export async function hashOfFiles(paths: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  for (const path of paths) {
    const hash = createHash("sha256");
    for await (const piece of piecesOf(path, { expected: "an image file" })) hash.update(piece);
    // Digests have one length, so that no byte can pass from one file to the next unseen.
    whole.update(hash.digest());
  }
  return whole.digest("hex");
}
