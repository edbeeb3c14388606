/** What a person can do about the server: unlock it, leave it, take one of its networks. */
import type { Given } from "../compute/protocol.js";
import { PageServer, type ServerFacts, serverAddress, TokenWanted } from "../server/page-server.js";
import { failure, place, server } from "./page-state.js";

const address = serverAddress();

/** Undefined where the page lies among static files: nobody is asked then. */
export const pageServer = address === undefined ? undefined : new PageServer(address);

/** Asks the server what it is, where the page says that there is one. */
export async function meetServer(): Promise<void> {
  if (pageServer === undefined) return;
  // Not there: the page came from this browser's own store, and computes as ever.
  const facts = await pageServer.facts().catch(() => undefined);
  if (facts === undefined) return;
  if (facts.needsToken) server.value = { at: "locked", host: pageServer.host, refused: false };
  else await enter(pageServer, facts);
}

/** @returns whether the server took the token */
export async function unlock(token: string): Promise<boolean> {
  if (pageServer === undefined) return false;
  failure.value = undefined;
  pageServer.useToken(token);
  try {
    await enter(pageServer, await pageServer.facts());
    return true;
  } catch (error) {
    if (!(error instanceof TokenWanted)) throw error;
    lock();
    return false;
  }
}

/** The token is not known any more, or never was. */
export function lock(): void {
  if (pageServer !== undefined) server.value = { at: "locked", host: pageServer.host, refused: true };
}

/** The page goes on as if it lay among static files. */
export function leaveServer(): void {
  server.value = { at: "absent" };
  place.value = "here";
}

/** The first network that the server has; undefined where there is none. */
export async function firstOfServer(): Promise<Given | undefined> {
  const { value } = server;
  const [first] = value.at === "open" ? value.bundles : [];
  return first && pageServer?.bundle(first);
}

async function enter(from: PageServer, facts: ServerFacts): Promise<void> {
  server.value = { at: "open", host: from.host, facts, bundles: await from.bundles() };
}
