import { readdir } from "node:fs/promises";
import { UserError } from "../base/index.js";

/** @throws UserError where the folder holds something that would be lost */
export async function refuseFilled(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UserError({
      subject: folder,
      found: `something that cannot be read as a folder (${error.code})`,
      expected: "an empty folder, or none",
      advice: "Give another folder by --out.",
      cause: error,
    });
  });
  if (names.length === 0) return;
  throw new UserError({
    subject: folder,
    found: `a folder with ${names.length} ${names.length === 1 ? "file" : "files"} in it`,
    expected: "an empty folder, or none",
    advice: "Give another folder by --out, or replace what is there by --overwrite.",
  });
}
