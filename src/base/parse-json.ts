import type { z } from "zod";
import { UserError } from "./user-error.js";

/** Longest JSON text that is read: 64 Mi characters. */
const MAX_CHARACTERS = 2 ** 26;

/**
 * Reads JSON that may come from anywhere, and lets through what the schema describes only.
 *
 * @param name what messages call it: a file's name
 * @throws UserError where the text is too long, no JSON or not as described
 */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  name: string,
): z.infer<Schema> {
  if (text.length > MAX_CHARACTERS) {
    throw new UserError({
      subject: name,
      found: `${text.length} characters`,
      expected: `at most ${MAX_CHARACTERS}`,
      advice: "This is not a file that sureseg wrote; write it again.",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError({
      subject: name,
      found: `text that is not JSON (${cause instanceof Error ? cause.message : "unreadable"})`,
      expected: "JSON",
      advice: "The file is damaged or cut off; write or copy it again.",
      cause,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  throw new UserError({
    subject: first!.path.length > 0 ? `${name}, ${first!.path.join(".")}` : name,
    found: `something else: ${first!.message}${more}`,
    expected: "what this version of sureseg writes",
    advice: "The file was changed by hand, damaged, or written by another version; write it again.",
    cause: result.error,
  });
}
