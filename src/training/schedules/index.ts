/** Schedules of the learning rate by name. To add one, write its file and name it in both places here. */
import { z } from "zod";
import { constant } from "./constant.js";
import { cosine } from "./cosine.js";
import { plateau } from "./plateau.js";
import { polynomial } from "./polynomial.js";
import type { Schedule, ScheduleContext, ScheduleKind } from "./schedule.js";

export const schedules = { plateau, polynomial, cosine, constant };

export const scheduleSchema = z.discriminatedUnion("kind", [
  plateau.options,
  polynomial.options,
  cosine.options,
  constant.options,
]);

export type ScheduleOptions = z.output<typeof scheduleSchema>;

export function createSchedule(options: ScheduleOptions, context: ScheduleContext): Schedule {
  // The options belong to the kind of that name: the schema has checked it.
  const kind = schedules[options.kind] as ScheduleKind<z.ZodType<ScheduleOptions>>;
  return kind.create(options, context);
}

export type { Schedule, ScheduleContext, ScheduleState } from "./schedule.js";
