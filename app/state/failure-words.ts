/** What failed, in the sentence that a person reads, and whether the worker is as it was. */
import { failureOf } from "../compute/failure.js";
import { RefusedInput } from "../input/dropped.js";
import { ServerLost, ServerRefused, TokenWanted } from "../server/page-server.js";
import { JobGone } from "../server/server-job.js";
import { texts } from "../texts.js";

/** True where what was given, or the server, is at fault: the worker has nothing to do with it. */
export const leavesWorker = (error: unknown): boolean =>
  [RefusedInput, ServerRefused, ServerLost, TokenWanted, JobGone].some((kind) => error instanceof kind) ||
  failureOf(error).kind === "user";

/** Undefined where nothing is to be said: somebody stopped it. */
export function failureWords(error: unknown): string | undefined {
  if (error instanceof RefusedInput) return texts.failure.refused(error.refusal);
  if (error instanceof ServerRefused) return error.message;
  if (error instanceof ServerLost) return texts.server.lost;
  if (error instanceof TokenWanted) return texts.server.tokenRefused;
  if (error instanceof JobGone) return texts.server.gone;
  const found = failureOf(error);
  if (found.kind === "user") return found.message;
  if (found.kind === "defect") return texts.failure.defect(found.message);
  return found.kind === "cancelled" ? undefined : texts.failure[found.kind];
}
