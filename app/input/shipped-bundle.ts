import type { Given } from "../compute/protocol.js";

/** Names of the files in the folder `bundle/` beside the page; written by the build. */
declare const SHIPPED_BUNDLE: readonly string[];

/** The bundle that lies beside the page; undefined where there is none. */
export async function shippedBundle(): Promise<Given | undefined> {
  if (SHIPPED_BUNDLE.length === 0) return undefined;
  const files = SHIPPED_BUNDLE.map(async (name) => {
    const response = await fetch(new URL(`bundle/${name}`, document.baseURI));
    if (!response.ok) throw new Error(`the page's own bundle is not whole: ${name} ${response.status}`);
    return { path: `bundle/${name}`, file: new File([await response.blob()], name) };
  });
  return { name: "bundle", files: await Promise.all(files), folder: true };
}
