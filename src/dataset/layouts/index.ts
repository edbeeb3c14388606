/** The registry of layouts, in the order in which they are tried. */
import type { Layout } from "./layout.js";
import { msd } from "./msd.js";
import { nnunet } from "./nnunet.js";
import { plain } from "./plain.js";

export const layouts: readonly Layout[] = [msd, nnunet, plain];

export type { Layout };
