/** What long work tells whoever waits for it, and how it is asked to stop. */
export interface WorkHooks {
  /** A stage begins: its name, how many units it has and what they are. */
  readonly stage: (label: string, total: number, unit: string) => void;
  readonly progress: (done: number, note?: string) => void;
  /** A sentence that stays where progress moves on. */
  readonly said?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}
