/** What was told of each job, numbered, so that a client that lost its connection hears what it missed. */
import { isOver, type Job, type JobEvent } from "./job.js";

export interface NumberedEvent {
  /** From 1, growing; some are left out where a later one says more. */
  readonly number: number;
  readonly event: JobEvent;
}

/** Stages of work are few; more events than this are none of ours. */
const MOST_KEPT = 64;

export class JobEvents {
  private readonly kept = new Map<string, NumberedEvent[]>();
  private readonly followers = new Map<string, Set<(event: NumberedEvent) => void>>();
  private last = 0;

  record = (id: string, event: JobEvent): void => {
    const events = this.kept.get(id) ?? [];
    this.kept.set(id, events);
    const latest = events.at(-1)?.event;
    if (latest?.kind === "end") return;
    // Of the progress of a stage only the latest matters.
    if (latest?.kind === "progress" && event.kind === "progress" && latest.stage === event.stage)
      events.pop();
    this.last += 1;
    const numbered = { number: this.last, event };
    events.push(numbered);
    if (events.length > MOST_KEPT) events.shift();
    // Whatever comes of a job that is gone, nothing of it stays.
    if (event.kind === "end" && event.state === "deleted") this.kept.delete(id);
    for (const follow of this.followers.get(id) ?? []) follow(numbered);
  };

  /** What was told after an event. A number that was never given out stands for none: everything comes again. */
  after(id: string, number: number): readonly NumberedEvent[] {
    const events = this.kept.get(id) ?? [];
    return number > this.last ? [...events] : events.filter((event) => event.number > number);
  }

  /** Makes up for events that nobody here heard, from what is on disk. */
  catchUp(job: Job): void {
    const known = this.kept.get(job.id)?.at(-1)?.event;
    if (isOver(job)) this.record(job.id, { kind: "end", state: job.state === "done" ? "done" : "failed" });
    else if (known === undefined && (job.state === "waiting" || job.state === "running"))
      this.record(job.id, { kind: "state", state: job.state });
  }

  /** @returns what ends it */
  follow(id: string, follower: (event: NumberedEvent) => void): () => void {
    const followers = this.followers.get(id) ?? new Set();
    this.followers.set(id, followers.add(follower));
    return () => {
      followers.delete(follower);
      if (followers.size === 0) this.followers.delete(id);
    };
  }

  /** Forgets all jobs but these. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.kept.keys()) if (!ids.has(id)) this.forget(id);
  }

  /** For a job that is removed. */
  forget(id: string): void {
    const followed = this.kept.get(id)?.at(-1)?.event.kind !== "end";
    if (followed) this.record(id, { kind: "end", state: "deleted" });
    this.kept.delete(id);
  }
}
