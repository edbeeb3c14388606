/** The same learning rate throughout. */
import { z } from "zod";
import { type ScheduleKind, stepwise } from "./schedule.js";

const options = z.strictObject({ kind: z.literal("constant") });

export const constant: ScheduleKind<typeof options> = {
  options,
  create: (_, { learningRate }) => stepwise(() => learningRate),
};
