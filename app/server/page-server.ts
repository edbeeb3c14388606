/** The server that the page came from, where it computes too. A page of static files never asks for one. */
import type { z } from "zod";
import { parseJson } from "../../src/base/index.js";
import type { Given } from "../compute/protocol.js";
import { bundlesSchema, problemSchema, type ServedBundle, serverSchema } from "./answers.js";

/** The server wants a token, or another one. */
export class TokenWanted extends Error {
  override readonly name = "TokenWanted";
}

/** The server said no, in its own words. */
export class ServerRefused extends Error {
  override readonly name = "ServerRefused";
}

/** Nobody answered, or the connection broke. */
export class ServerLost extends Error {
  override readonly name = "ServerLost";
}

export interface ServerFacts {
  readonly needsToken: boolean;
  readonly maxUploadBytes: number;
  /** How long results are kept there if nobody deletes them. */
  readonly keepSeconds: number;
}

/** Where the server's routes are; undefined where the page lies among static files. `sureseg serve` writes that into the page. */
export function serverAddress(): URL | undefined {
  const said = document.querySelector<HTMLMetaElement>('meta[name="sureseg-server"]')?.content;
  return said === undefined ? undefined : new URL(said, document.baseURI);
}

export class PageServer {
  /** In memory alone: it is gone with the page. */
  private token: string | undefined;

  constructor(private readonly root: URL) {}

  /** Whom a scan is sent to, for people. */
  get host(): string {
    return this.root.host;
  }

  useToken(token: string): void {
    this.token = token;
  }

  address = (path: string): string => new URL(path, this.root).href;

  headers = (): Record<string, string> =>
    this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` };

  /** @throws ServerLost where there is none */
  async facts(): Promise<ServerFacts> {
    const { authentication, limits } = await this.json("server", serverSchema);
    return { needsToken: authentication === "bearer", ...limits };
  }

  /** @throws TokenWanted where the token is not known there */
  bundles = async (): Promise<readonly ServedBundle[]> => (await this.json("bundles", bundlesSchema)).bundles;

  /** All files of a bundle, as if they had been dropped. */
  async bundle({ name, links }: ServedBundle): Promise<Given> {
    const files = links.files.map(async (link) => {
      const file = link.slice(link.lastIndexOf("/") + 1);
      const response = await this.ask(`bundles/${name}/files/${file}`);
      return { path: `${name}/${file}`, file: new File([await response.blob()], file) };
    });
    return { name, files: await Promise.all(files), folder: true };
  }

  async json<Schema extends z.ZodType>(path: string, schema: Schema, signal?: AbortSignal) {
    return parseJson(await (await this.ask(path, { signal })).text(), schema, "answer of the server");
  }

  /** @throws TokenWanted, ServerRefused or ServerLost where the answer is not what was asked for */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), ...this.headers() };
    const response = await fetch(this.address(path), { ...init, headers }).catch((error: unknown) => {
      throw init.signal?.aborted ? error : new ServerLost(String(error));
    });
    if (!response.ok) throw refusal(response.status, await response.text().catch(() => ""));
    return response;
  }
}

/** An answer that is none, as an error. @param text of its body: problem details (RFC 9457), where it comes from the server itself */
export function refusal(status: number, text: string): Error {
  if (status === 401) return new TokenWanted("401");
  const known = problemOf(text);
  return known === undefined ? new ServerLost(`status ${status}`) : new ServerRefused(known);
}

function problemOf(text: string): string | undefined {
  try {
    return parseJson(text, problemSchema, "problem").detail;
  } catch {
    return undefined;
  }
}
