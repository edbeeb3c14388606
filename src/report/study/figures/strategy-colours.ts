import type { DetectionRow, Strategy } from "../../../study/protocol/study-result.js";

export const STRATEGY_COLOURS: Record<Strategy, string> = {
  dedicated: "#0072B2",
  transfer: "#E69F00",
  joint: "#009E73",
  "fine-tuned": "#CC79A7",
};

/** Networks by what they were trained on; a strategy keeps its colour. */
export const NETWORK_COLOURS: Record<DetectionRow["network"], string> = {
  joint: STRATEGY_COLOURS.joint,
  dedicated: STRATEGY_COLOURS.dedicated,
  "leave-out": "#332288",
};

export const STRATEGY_NAMES: Record<Strategy, string> = {
  dedicated: "dedicated",
  transfer: "transfer",
  joint: "joint",
  "fine-tuned": "joint + fine-tuned",
};
