import type { Strategy } from "../../../study/result/study-result.js";

export const STRATEGY_COLOURS: Record<Strategy, string> = {
  dedicated: "#0072B2",
  transfer: "#E69F00",
  joint: "#009E73",
  "fine-tuned": "#CC79A7",
};

export const STRATEGY_NAMES: Record<Strategy, string> = {
  dedicated: "dedicated",
  transfer: "transfer",
  joint: "joint",
  "fine-tuned": "joint + fine-tuned",
};
