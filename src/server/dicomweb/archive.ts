/** An archive that speaks DICOMweb, and requests to it. */
import { readFile } from "node:fs/promises";
import { UserError } from "../../base/index.js";

/** An archive and how one gets in. Nothing in a job or request changes whom sureseg talks to. */
export interface Archive {
  /** Where its services begin, without a slash at the end: `https://pacs.example/dicom-web`. */
  readonly url: string;
  /** Value of the Authorization header. */
  readonly authorization?: string;
}

/** What a user calls a series. */
export interface SeriesName {
  readonly study: string;
  readonly series: string;
}

export interface ArchiveRequest {
  readonly method: "GET" | "POST";
  /** Below the archive's URL; begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Blob;
  readonly signal?: AbortSignal;
}

export interface ArchiveAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The body as it arrives. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Milliseconds without a byte after which an archive is given up. Tapes may have to be fetched. */
const SILENCE = 120_000;

/** Where credentials come from that no file is named for. */
export const CREDENTIALS_VARIABLE = "SURESEG_DICOMWEB_CREDENTIALS";

/**
 * @param url http or https, without credentials: command lines are seen by everybody on a machine
 * @param credentials `user:password`, or `Bearer TOKEN`
 * @throws UserError where either is something else
 */
export function archiveAt(url: string, credentials?: string): Archive {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const plain = parsed !== undefined && parsed.search === "" && parsed.hash === "";
  if (!plain || !["http:", "https:"].includes(parsed.protocol)) {
    throw new UserError({
      subject: "--dicomweb",
      found: "something that is no address of an archive",
      expected: "where its DICOMweb services begin: https://pacs.example/dicom-web",
      advice: "Leave out everything after that, as /studies or a query.",
    });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new UserError({
      subject: "--dicomweb",
      found: "an address with credentials in it",
      expected: "an address alone, for command lines are seen by everybody on a machine",
      advice: `Put them into a file for --dicomweb-credentials, or into the variable ${CREDENTIALS_VARIABLE}.`,
    });
  }
  return { url: parsed.href.replace(/\/+$/, ""), authorization: authorizationOf(credentials) };
}

/**
 * Credentials for `archiveAt`: the first line of the file, or what the environment holds.
 *
 * @throws UserError where the file cannot be read
 */
export async function readCredentials(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (path === undefined) return environment[CREDENTIALS_VARIABLE];
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError({
      subject: path,
      found: `no readable file (${cause.code ?? "unknown"})`,
      expected: "a file with the credentials for the archive: user:password, or Bearer TOKEN",
      advice: "Check the path and the permissions.",
      cause,
    });
  });
  return text.split(/\r?\n/)[0]!;
}

function authorizationOf(credentials: string | undefined): string | undefined {
  if (credentials === undefined || credentials === "") return undefined;
  if (/^Bearer [\x21-\x7e]+$/.test(credentials)) return credentials;
  if (/^[^:]+:/.test(credentials)) return `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
  throw new UserError({
    subject: "credentials for the DICOMweb archive",
    found: "neither a colon nor the word Bearer",
    expected: "user:password, or Bearer TOKEN",
    advice: `Look at the file of --dicomweb-credentials, or at the variable ${CREDENTIALS_VARIABLE}.`,
  });
}

/**
 * Sends a request and has the answer used. It follows no redirection: nobody but the archive sees the credentials, or
 * chooses whom to ask. What is not read of the answer is let go.
 *
 * @throws UserError where the archive cannot be reached, falls silent, sends elsewhere, or lets nobody in
 */
export async function ask<Result>(
  archive: Archive,
  { method, path, headers, body, signal }: ArchiveRequest,
  use: (answer: ArchiveAnswer) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const silence = setTimeout(() => stop.abort(unreachable("silence")), SILENCE);
  try {
    const response = await fetch(`${archive.url}${path}`, {
      method,
      body,
      redirect: "manual",
      signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
      headers: {
        ...headers,
        "accept-encoding": "identity",
        ...(archive.authorization !== undefined && { authorization: archive.authorization }),
      },
    }).catch(refuseLostConnection);
    refuseUnusable(response);
    const { status } = response;
    const contentType = response.headers.get("content-type") ?? "";
    return await use({ status, contentType, pieces: piecesOf(response, () => silence.refresh()) });
  } finally {
    clearTimeout(silence);
    stop.abort();
  }
}

async function* piecesOf({ body }: Response, heard: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      heard();
      yield piece;
    }
  } catch (error) {
    refuseLostConnection(error);
  }
}

/** `fetch` says by a TypeError that nobody answers or that a connection broke. */
function refuseLostConnection(error: unknown): never {
  if (!(error instanceof TypeError)) throw error;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  // The code alone: the text may quote the address.
  throw unreachable(code ?? "connection lost", error);
}

function refuseUnusable({ status }: Response): void {
  const subject = "DICOMweb archive";
  if (status === 401 || status === 403) {
    throw new UserError({
      subject,
      found: `that it lets nobody in (status ${status})`,
      expected: "credentials that it knows, with the right to read series and to store",
      advice: `Give them in a file with --dicomweb-credentials, or in the variable ${CREDENTIALS_VARIABLE}.`,
    });
  }
  if (status >= 300 && status < 400) {
    throw new UserError({
      subject,
      found: `an answer that sends elsewhere (status ${status})`,
      expected: "an answer from the address itself",
      advice: "Give the address that it sends to with --dicomweb.",
    });
  }
}

const unreachable = (reason: string, cause?: unknown): UserError =>
  new UserError({
    subject: "DICOMweb archive",
    found: `no answer (${reason})`,
    expected: "an archive at the address of --dicomweb",
    advice: "Check the address, and that the archive runs and may be reached from here.",
    cause,
  });

/** All of a short answer. @throws UserError where it is longer than `most` bytes */
export async function shortText({ pieces }: ArchiveAnswer, most = 2 ** 20): Promise<string> {
  const found: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > most) {
      throw new UserError({
        subject: "DICOMweb archive",
        found: `an answer of more than ${most} bytes`,
        expected: "a short one that says what became of the request",
        advice: "Check that the address of --dicomweb is that of a DICOMweb service.",
      });
    }
    found.push(piece);
  }
  return Buffer.concat(found).toString("utf8");
}
