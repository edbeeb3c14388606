import { instanceNorm } from "../../graph/index.js";
import type { Norm } from "./norm.js";

/** Every channel of every sample by its own mean and variance (Ulyanov et al., 2016): nnU-Net's choice. */
export const instance: Norm = (x, { scale, shift }) => instanceNorm(x, scale, shift);
