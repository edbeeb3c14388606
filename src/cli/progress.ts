/** Progress on stderr: one line that renews itself on a terminal, a line now and then elsewhere. */

import { durationText } from "../base/duration.js";

export interface Progress {
  /** A new stage: what is done, how much there is to do, in what units. */
  stage(label: string, total: number, unit: string): void;
  update(done: number, note?: string): void;
  /** A line of its own that stays. */
  say(sentence: string): void;
  /** Ends the line. */
  finish(): void;
}

const terminalMs = 100;
const elsewhereMs = 10_000;

/** Says nothing. */
export const silentProgress: Progress = {
  stage: () => {},
  update: () => {},
  say: () => {},
  finish: () => {},
};

/** @param stream where it is shown: stderr */
export function startProgress(stream: NodeJS.WriteStream): Progress {
  let [label, total, unit] = ["", 0, ""];
  let started = 0;
  let shown = 0;
  // What a resumed stage had behind it at its first update must not count as speed.
  let first: { done: number; at: number } | undefined;
  let open = false;
  const text = (done: number, note: string): string => {
    const seconds = first === undefined ? 0 : (performance.now() - first.at) / 1000;
    const rate = first !== undefined && seconds > 0 ? (done - first.done) / seconds : 0;
    const speed = rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
    const pace = rate > 0 ? `, ${speed}/s, ${durationText((total - done) / rate)} left` : "";
    return `${label} ${done}/${total} ${unit}${pace}${note === "" ? "" : `, ${note}`}`;
  };
  const end = (): void => {
    if (open) stream.write("\n");
    open = false;
  };
  return {
    stage: (newLabel, newTotal, newUnit) => {
      end();
      [label, total, unit] = [newLabel, newTotal, newUnit];
      started = performance.now();
      shown = 0;
      first = undefined;
      if (!stream.isTTY) stream.write(`${label} (${total} ${unit})\n`);
    },
    update: (done, note = "") => {
      const now = performance.now();
      first ??= { done, at: now };
      const due = now - shown >= (stream.isTTY ? terminalMs : elsewhereMs);
      if (!due && done !== total) return;
      if (!stream.isTTY && (now - started < elsewhereMs || now - shown < elsewhereMs)) return;
      shown = now;
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${text(done, note)}`);
        open = true;
      } else {
        stream.write(`${text(done, note)}\n`);
      }
    },
    say: (sentence) => {
      stream.write(stream.isTTY && open ? `\r\x1b[K${sentence}\n` : `${sentence}\n`);
      open = false;
    },
    finish: end,
  };
}
