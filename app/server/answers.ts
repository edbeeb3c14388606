/** What the server answers, as far as the page looks at it. */
import { z } from "zod";
import { parseJson } from "../../src/base/index.js";
import type { Verdict } from "../../src/ood/index.js";

export const serverSchema = z.object({
  software: z.literal("sureseg"),
  authentication: z.enum(["none", "bearer"]),
  limits: z.object({ maxUploadBytes: z.number(), keepSeconds: z.number() }),
});

export const bundlesSchema = z.object({
  bundles: z.array(
    z.object({
      name: z.string(),
      fingerprint: z.string(),
      title: z.string(),
      version: z.string(),
      links: z.object({ files: z.array(z.string()) }),
    }),
  ),
});

export type ServedBundle = z.infer<typeof bundlesSchema>["bundles"][number];

export const jobSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  state: z.enum(["waiting", "running", "done", "failed"]),
  failure: z.string().optional(),
  results: z.array(z.object({ name: z.string(), file: z.string() })),
});

export type ServedJob = z.infer<typeof jobSchema>;

export const problemSchema = z.object({ detail: z.string() });

/** The verdict's file: what the page says in words, and whatever else is in it. */
const verdictSchema = z.looseObject({
  foreign: z.boolean(),
  measure: z.number(),
  pValue: z.number(),
  threshold: z.number(),
  reason: z.string().optional(),
  nearest: z.looseObject({ dataset: z.string() }),
  warnings: z.array(z.string()),
});

/** @throws UserError where it is no verdict */
export const parseVerdict = (text: string): Verdict & { readonly warnings: readonly string[] } =>
  parseJson(text, verdictSchema, "verdict") as unknown as Verdict & { readonly warnings: readonly string[] };
