/** A learning rate that falls along half a cosine to zero with the last update (Loshchilov and Hutter, 2017, one period). */
import { z } from "zod";
import { type ScheduleKind, stepwise } from "./schedule.js";
import { warmedUp, warmUpOption } from "./warm-up.js";

const options = z.strictObject({ kind: z.literal("cosine"), warmUp: warmUpOption });

export const cosine: ScheduleKind<typeof options> = {
  options,
  create: ({ warmUp }, { learningRate, updates }) =>
    stepwise(
      warmedUp(
        warmUp,
        (step) => (learningRate * (1 + Math.cos((Math.PI * Math.min(step, updates)) / updates))) / 2,
      ),
    ),
};
