import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { UserError } from "../base/index.js";

/**
 * SHA-256 of what files hold, in this order and whatever their names; in constant memory.
 *
 * @throws UserError naming the file that cannot be read
 */
export async function hashOfFiles(paths: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  for (const path of paths) {
    const hash = createHash("sha256");
    try {
      // A pipe would be waited for, for ever.
      if (!(await stat(path)).isFile()) throw new Error("not a file");
      for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
    } catch (cause) {
      throw new UserError({
        subject: path,
        found: `no readable file (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message})`,
        expected: "an image file",
        advice: "Check the path and the permissions.",
        cause,
      });
    }
    // Digests have one length, so that no byte can pass from one file to the next unseen.
    whole.update(hash.digest());
  }
  return whole.digest("hex");
}
