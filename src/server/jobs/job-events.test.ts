import fc from "fast-check";
import { expect, it } from "vitest";
import type { JobEvent } from "./job.js";
import { JobEvents, type NumberedEvent } from "./job-events.js";

const progress = (stage: string, done: number): JobEvent => ({
  kind: "progress",
  stage,
  done,
  total: 9,
  unit: "windows",
});
const anyEvent = fc.oneof(
  fc
    .record({ stage: fc.constantFrom("reading", "predicting"), done: fc.nat(9) })
    .map(({ stage, done }) => progress(stage, done)),
  fc.constantFrom<JobEvent>({ kind: "state", state: "waiting" }, { kind: "state", state: "running" }),
);

it("whenever a client comes back, it has heard the last word of every stage, in order and once", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), (told, lost) => {
      const events = new JobEvents();
      const heard: NumberedEvent[] = [];
      const leave = events.follow("a", (event) => heard.push(event));
      for (const event of told.slice(0, lost)) events.record("a", event);
      leave();
      for (const event of told.slice(lost)) events.record("a", event);
      events.record("a", { kind: "end", state: "done" });
      heard.push(...events.after("a", heard.at(-1)?.number ?? 0));
      const numbers = heard.map(({ number }) => number);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const said = (stage: string, list: readonly JobEvent[]): JobEvent | undefined =>
        list.findLast((event) => event.kind === "progress" && event.stage === stage);
      const all = heard.map(({ event }) => event);
      for (const stage of ["reading", "predicting"]) expect(said(stage, all)).toEqual(said(stage, told));
      expect(all.at(-1)).toEqual({ kind: "end", state: "done" });
    }),
  );
});

it("tells everything again to a client whose number was never given out", () => {
  const events = new JobEvents();
  events.record("a", { kind: "state", state: "waiting" });
  expect(events.after("a", 1)).toHaveLength(0);
  expect(events.after("a", 99)).toHaveLength(1);
});

it("ends once, and keeps nothing of a job that is gone", () => {
  const events = new JobEvents();
  const heard: NumberedEvent[] = [];
  events.follow("a", (event) => heard.push(event));
  events.record("a", { kind: "state", state: "running" });
  events.forget("a");
  events.record("a", { kind: "end", state: "deleted" });
  expect(events.after("a", 0)).toEqual([]);
  expect(heard[1]!.event).toEqual({ kind: "end", state: "deleted" });
  events.record("b", { kind: "end", state: "done" });
  events.record("b", progress("writing", 1));
  expect(events.after("b", 0).map(({ event }) => event.kind)).toEqual(["end"]);
});
