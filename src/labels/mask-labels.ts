import { type LabelMode, labelOfChannel } from "./label-mode.js";

/** What a value of a network's masks stands for. */
export interface MaskLabel {
  readonly value: number;
  /** One; in `shared` mode all that the network was trained on, for the mask does not say which of them it is. */
  readonly organs: readonly string[];
}

/** The values of a network's masks in ascending order, without the background. */
export function maskLabels(mode: LabelMode, organs: readonly string[]): MaskLabel[] {
  if (mode === "shared") return [{ value: labelOfChannel(mode, 0), organs }];
  const first = mode === "exclusive" ? 1 : 0;
  return organs.map((organ, at) => ({ value: labelOfChannel(mode, first + at), organs: [organ] }));
}
