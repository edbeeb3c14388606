/** The run's log: one JSON object a line, in the order of the steps, whole again after a resume. */
import { readFile } from "node:fs/promises";
import { appendToFile, writeFileAtomically } from "../dataset/index.js";

export interface LogEntry {
  readonly step: number;
  readonly [field: string]: unknown;
}

/** Entries of a log; a last line that an interruption cut off is left out. */
export async function readLog(path: string): Promise<LogEntry[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as LogEntry];
    } catch {
      return [];
    }
  });
}

export class TrainingLog {
  private constructor(private readonly path: string) {}

  /** Opens a log to go on after `step`; what was logged for later steps is dropped. */
  static async open(path: string, step: number): Promise<TrainingLog> {
    const kept = (await readLog(path)).filter((entry) => entry.step <= step);
    await writeFileAtomically(path, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    return new TrainingLog(path);
  }

  async write(entry: LogEntry): Promise<void> {
    await appendToFile(this.path, `${JSON.stringify(entry)}\n`);
  }
}
