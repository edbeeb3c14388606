/** Norms by name. To add one, write its file and name it here. */
import { group } from "./group.js";
import { instance } from "./instance.js";
import type { Norm } from "./norm.js";
import { restored } from "./restored.js";

export const norms = { instance, group, restored } satisfies Record<string, Norm>;

export type NormName = keyof typeof norms;
