/** A picture of the page at work, for the README. */
import { resolve } from "node:path";
import { openPage } from "./page-at-work.js";

export interface PagePicture {
  /** Folder of the bundle. */
  readonly bundle: string;
  /** Path of a scan. */
  readonly scan: string;
  /** As the page calls it: "MRI". */
  readonly modality: string;
  /** Path of the PNG. */
  readonly picture: string;
}

/** What NiiVue draws comes after the verdict, and says nothing when it is done. */
const DRAWING_MS = 5000;

export async function drawPage({ bundle, scan, modality, picture }: PagePicture): Promise<void> {
  const at = await openPage(resolve(bundle));
  try {
    await at.page.setViewportSize({ width: 1360, height: 900 });
    await at.page.waitForFunction(() => crossOriginIsolated);
    await at.segment(resolve(scan), modality);
    await at.page.waitForTimeout(DRAWING_MS);
    await at.page.locator("#page").screenshot({ path: picture });
  } finally {
    await at.close();
  }
}
