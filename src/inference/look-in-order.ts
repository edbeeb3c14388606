/** Windows of an image, looked at side by side and handed on one after the other. */
import type { Session } from "../graph/engine.js";
import type { LookedWindow, WindowNetwork } from "./window-network.js";
import type { Window } from "./window-plan.js";

/** Fewer windows are done by the time that further sessions are open. */
const FEWEST_WINDOWS = 4;

/** Windows that wait at each session, so that it never waits for what is done with its last one. */
const WAITING = 2;

/** What looks at so many windows: the session itself, or those that compute side by side, each of them twice. */
export async function sessionsFor(session: Session, windows: number): Promise<readonly Session[]> {
  if (windows < FEWEST_WINDOWS || session.sideBySide === undefined) return [session];
  const sessions = await session.sideBySide();
  return Array.from({ length: WAITING }, () => sessions).flat();
}

/**
 * What came of each window, in the order of the windows, whichever was ready first: sums over windows are the same however many
 * networks there are. None is left under way behind the caller's back.
 *
 * @throws whatever a look throws, or the signal's reason
 */
export async function* lookInOrder(
  networks: readonly WindowNetwork[],
  windows: Iterator<Window>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LookedWindow> {
  const underWay: Promise<LookedWindow>[] = [];
  let begun = 0;
  const begin = (): void => {
    signal?.throwIfAborted();
    const { value, done } = windows.next();
    if (done === true) return;
    const look = networks[begun++ % networks.length]!.look(value);
    // One that fails while another is awaited is thrown in its turn.
    look.catch(() => {});
    underWay.push(look);
  };
  try {
    for (const _ of networks) begin();
    while (underWay.length > 0) {
      yield await underWay.shift()!;
      begin();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
