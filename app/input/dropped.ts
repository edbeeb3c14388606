/** What was dropped or chosen, as one thing with its files. */
import type { Given, GivenFile } from "../compute/protocol.js";

/** A series has some thousands of files; a folder with more is not one. */
export const MOST_FILES = 20_000;

/** What files may hold together, packed: beyond it no browser keeps scan, masks and pictures at once. */
export const MOST_BYTES = 2e9;

/** Why something that was given is not even looked at. */
export type Refusal =
  | { readonly kind: "nothing" | "unreadable" }
  | { readonly kind: "tooMany"; readonly name: string }
  | { readonly kind: "tooLarge"; readonly name: string; readonly bytes: number };

export class RefusedInput extends Error {
  override readonly name = "RefusedInput";
  constructor(readonly refusal: Refusal) {
    super(refusal.kind);
  }
}

/** @throws RefusedInput before any file is read */
export function checked(given: Given): Given {
  if (given.files.length === 0) throw new RefusedInput({ kind: "nothing" });
  const bytes = given.files.reduce((sum, { file }) => sum + file.size, 0);
  if (bytes > MOST_BYTES) throw new RefusedInput({ kind: "tooLarge", name: given.name, bytes });
  return given;
}

/** Files chosen in a dialogue; those of a folder know their path. */
export function chosen(files: FileList): Given {
  const list = [...files].map((file): GivenFile => ({ path: file.webkitRelativePath || file.name, file }));
  const folder = list.some(({ path }) => path.includes("/"));
  const first = list[0]?.path ?? "";
  return checked({ name: folder ? first.slice(0, first.indexOf("/")) : first, files: list, folder });
}

/** To be called within the event: what was dropped is gone afterwards. */
export async function dropped(transfer: DataTransfer): Promise<Given> {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => item.webkitGetAsEntry() ?? item.getAsFile())
    .filter((entry) => entry !== null);
  const [first] = entries;
  if (first === undefined) throw new RefusedInput({ kind: "nothing" });
  const files: GivenFile[] = [];
  try {
    for (const entry of entries) {
      if (entry instanceof File) files.push({ path: entry.name, file: entry });
      else await gather(entry, files);
    }
  } catch (error) {
    if (error instanceof RefusedInput) throw error;
    throw new RefusedInput({ kind: "unreadable" });
  }
  const folder = entries.length === 1 && !(first instanceof File) && first.isDirectory;
  return checked({ name: first.name, files, folder });
}

async function gather(entry: FileSystemEntry, files: GivenFile[]): Promise<void> {
  if (files.length >= MOST_FILES) throw new RefusedInput({ kind: "tooMany", name: entry.name });
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A folder is told in pieces; an empty one is the end.
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (piece.length === 0) return;
    for (const inner of piece) await gather(inner, files);
  }
}
