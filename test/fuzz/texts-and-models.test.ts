/** Damaged bundles, models, weights, descriptions and requests: taken, or refused with a sentence. */
import { describe } from "vitest";
import { itSurvivesDamage } from "./fuzzed.js";
import { parsers } from "./registry.js";

describe("2000 damaged inputs", () => {
  itSurvivesDamage(parsers.filter(({ kind }) => kind !== "image"));
});
