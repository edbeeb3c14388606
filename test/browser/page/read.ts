/** The page of `read-images.test.ts`: reads image files as the product's page will. */
import { readImage } from "../../../src/sources/index.js";
import { type Outcome, outcomeOf } from "./outcome.js";

declare global {
  var outcomes: (names: readonly string[]) => Promise<Outcome[]>;
}

globalThis.outcomes = async (names) => {
  const all: Outcome[] = [];
  for (const name of names) {
    const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
    const files = [{ name, read: async () => bytes }];
    all.push(await outcomeOf(() => readImage({ name, files, folder: false })));
  }
  return all;
};
