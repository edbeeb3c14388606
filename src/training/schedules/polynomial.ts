/** A learning rate that falls to zero with the last update: start * (1 - step / updates)^power (Chen et al., 2018). */
import { z } from "zod";
import { type ScheduleKind, stepwise } from "./schedule.js";
import { warmedUp, warmUpOption } from "./warm-up.js";

const options = z.strictObject({
  kind: z.literal("polynomial"),
  power: z.number().positive().default(0.9).meta({
    description: "how the rate falls to zero with the last update: start * (1 - step / updates)^power",
    unit: "an exponent; 1 falls in a straight line, nnU-Net uses 0.9",
    change: "hardly ever",
  }),
  warmUp: warmUpOption,
});

export const polynomial: ScheduleKind<typeof options> = {
  options,
  create: ({ power, warmUp }, { learningRate, updates }) =>
    stepwise(warmedUp(warmUp, (step) => learningRate * Math.max(0, 1 - step / updates) ** power)),
};
