/** Damaged images and archives: read, or refused with a sentence. */
import { describe } from "vitest";
import { itSurvivesDamage } from "./fuzzed.js";
import { parsers } from "./registry.js";

describe("2000 damaged images", () => {
  itSurvivesDamage(parsers.filter(({ kind }) => kind === "image"));
});
