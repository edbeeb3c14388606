/** Reads the body of a request that is a few words, whoever sends it and however slowly. */
import type { IncomingMessage } from "node:http";
import type { ServerLimits } from "./environment.js";
import { Problem } from "./problem.js";

/** Most bytes of such a body. */
const MOST = 4096;

/** @throws Problem 413 where it is longer, 408 where it stands still, 400 where it is cut off */
export async function readShortBody(
  incoming: IncomingMessage,
  { idleSeconds }: Pick<ServerLimits, "idleSeconds">,
): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    const idle = setTimeout(
      () => end(() => reject(new Problem(408, `The request was not complete after ${idleSeconds} s.`))),
      idleSeconds * 1000,
    );
    const hear = (piece: Buffer): void => {
      length += piece.length;
      pieces.push(piece);
      if (length > MOST) end(() => reject(new Problem(413, `The request is longer than ${MOST} bytes.`)));
    };
    const complete = (): void => end(resolve);
    const cut = (): void => end(() => reject(new Problem(400, "The request was cut off.")));
    const end = (settle: () => void): void => {
      clearTimeout(idle);
      incoming.off("data", hear).off("end", complete).off("close", cut).off("error", cut);
      settle();
    };
    incoming.on("data", hear).on("end", complete).on("close", cut).on("error", cut);
  });
  return Buffer.concat(pieces).toString("utf8");
}
