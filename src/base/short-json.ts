/** Longest beginning of a value in a message. */
const MOST_LETTERS = 80;

/** A wrong value from JSON or YAML in a message: its beginning. `String` would call whatever such a value has as `toString`. */
export const shortJson = (value: unknown): string =>
  (JSON.stringify(value) ?? "nothing").slice(0, MOST_LETTERS);
