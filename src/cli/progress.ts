/** Progress on stderr: one line that renews itself on a terminal, a line now and then elsewhere. */

export interface Progress {
  /** A new stage: what is done, how much there is to do, in what units. */
  stage(label: string, total: number, unit: string): void;
  update(done: number, note?: string): void;
  /** Ends the line. */
  finish(): void;
}

const terminalMs = 100;
const elsewhereMs = 10_000;

export function startProgress(quiet = false, stream: NodeJS.WriteStream = process.stderr): Progress {
  let [label, total, unit] = ["", 0, ""];
  let started = 0;
  let shown = 0;
  let open = false;
  const text = (done: number, note: string): string => {
    const seconds = (performance.now() - started) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const left = rate > 0 ? duration((total - done) / rate) : "?";
    const speed = rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
    return `${label} ${done}/${total} ${unit}, ${speed}/s, ${left} left${note === "" ? "" : `, ${note}`}`;
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
      if (!quiet && !stream.isTTY) stream.write(`${label} (${total} ${unit})\n`);
    },
    update: (done, note = "") => {
      if (quiet) return;
      const now = performance.now();
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
    finish: end,
  };
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
