/** What a client did wrong, or the server could not do: problem details for HTTP (RFC 9457). */
import { STATUS_CODES } from "node:http";
import { z } from "@hono/zod-openapi";

export type ProblemStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 415 | 421 | 422 | 429 | 500 | 503 | 507;

export const problemSchema = z
  .object({
    status: z.int(),
    title: z.string(),
    detail: z.string().describe("A sentence for people: what was found, what was expected, what to do."),
  })
  .openapi("Problem");

/** Thrown anywhere in a request; the application answers with it. */
export class Problem extends Error {
  override readonly name = "Problem";

  /** @param detail for the client; it never names a path of the server */
  constructor(
    readonly status: ProblemStatus,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  response(): Response {
    const { status, message: detail } = this;
    return new Response(JSON.stringify({ status, title: STATUS_CODES[status], detail }), {
      status,
      headers: { ...this.headers, "Content-Type": "application/problem+json" },
    });
  }
}

/** For the descriptions of routes. */
export const problemResponse = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemSchema } },
});
