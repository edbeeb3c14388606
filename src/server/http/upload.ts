/** Receives a form with files (RFC 7578) onto the disk: its size is bounded, and nothing of it is held in memory. */
import { createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { imageEndingOf } from "../../sources/index.js";
import type { ServerLimits } from "./environment.js";
import { Problem } from "./problem.js";

export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: readonly UploadedFile[];
  /** Of all files. */
  readonly bytes: number;
}

export interface UploadedFile {
  /** What the client calls it: for telling files apart, never a path. */
  readonly givenName: string;
  /** What it is called in the folder. */
  readonly file: string;
}

/** The name of the part that holds a file. */
const FILE_FIELD = "image";

/** A form has few parts, with short headers and values. */
const FORM_LIMITS = {
  fieldNameSize: 64,
  fieldSize: 256,
  fields: 8,
  files: 64,
  parts: 72,
  headerPairs: 16,
  headerSize: 4096,
};

/** Bytes that say what a file is. */
const START = 65_536;

/** @throws Problem 415 where it is no form with files, 413 where it says itself that it is too long */
export function refuseUnsuited({ headers }: IncomingMessage, { maxUploadBytes }: ServerLimits): void {
  if (!/^multipart\/form-data *; *boundary=/i.test(headers["content-type"] ?? "")) {
    throw new Problem(415, `Send a form: multipart/form-data with the image as the file \`${FILE_FIELD}\`.`);
  }
  // The form's own bytes come on top of the files'.
  if (Number(headers["content-length"] ?? 0) > maxUploadBytes + START) throw tooLong(maxUploadBytes);
}

/**
 * @param folder empty; takes the files under names of ours, with endings by what is in them
 * @throws Problem where the form is too long, too slow, broken, or a file is no image
 */
export async function receiveUpload(
  incoming: IncomingMessage,
  folder: string,
  limits: ServerLimits,
): Promise<Upload> {
  const fields = new Map<string, string>();
  const writes: Promise<UploadedFile>[] = [];
  const streams: BusboyFileStream[] = [];
  const meter = { bytes: 0 };
  await new Promise<void>((resolve, reject) => {
    const form = formParser(incoming);
    const idle = setTimeout(
      () => fail(new Problem(408, `Nothing came for ${limits.idleSeconds} s. Send the image again.`)),
      limits.idleSeconds * 1000,
    );
    const end = (): void => {
      clearTimeout(idle);
      incoming.off("data", awake);
      incoming.off("close", cut);
    };
    const fail = (error: unknown): void => {
      end();
      incoming.unpipe(form);
      form.destroy();
      for (const stream of streams) stream.destroy();
      reject(error);
    };
    const awake = (): void => {
      idle.refresh();
    };
    const cut = (): void => {
      if (!incoming.complete) fail(new Problem(400, "The upload was cut off."));
    };
    form.on("file", (name, stream, givenName) => {
      if (name !== FILE_FIELD) return fail(unknownField());
      streams.push(stream);
      const index = writes.length;
      const write = received(stream, { folder, index, givenName: givenName ?? "" }, meter, limits);
      writes.push(write);
      write.catch(fail);
    });
    form.on("field", (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut || fields.has(name)) return fail(unknownField());
      fields.set(name, value);
    });
    for (const limit of ["partsLimit", "filesLimit", "fieldsLimit"] as const) {
      form.on(limit, () => fail(new Problem(413, "The form has more parts than any needs.")));
    }
    form.on("error", () => fail(new Problem(400, "The form is broken or cut off.")));
    form.on("finish", () => {
      end();
      Promise.all(writes).then(() => resolve(), reject);
    });
    incoming.on("data", awake);
    incoming.on("close", cut);
    incoming.on("error", () => fail(new Problem(400, "The upload was cut off.")));
    incoming.pipe(form);
  }).finally(() => Promise.allSettled(writes));
  const files = await Promise.all(writes);
  if (files.length === 0) throw new Problem(400, `The form holds no file \`${FILE_FIELD}\`.`);
  return { fields, files, bytes: meter.bytes };
}

function formParser({ headers }: IncomingMessage): Busboy {
  try {
    return new Busboy({ headers: headers as BusboyHeaders, limits: FORM_LIMITS });
  } catch {
    throw new Problem(400, "The form's boundary cannot be used.");
  }
}

interface FilePlace {
  readonly folder: string;
  readonly index: number;
  readonly givenName: string;
}

/** Writes one file, then gives it a name by what it holds. */
async function received(
  stream: BusboyFileStream,
  { folder, index, givenName }: FilePlace,
  meter: { bytes: number },
  { maxUploadBytes }: ServerLimits,
): Promise<UploadedFile> {
  const partial = join(folder, `image-${index}.partial`);
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      meter.bytes += chunk.length;
      if (meter.bytes > maxUploadBytes) throw tooLong(maxUploadBytes);
      yield chunk;
    }
  };
  try {
    await pipeline(stream, counted, createWriteStream(partial, { flags: "wx", mode: 0o600 }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw new Problem(507, "The server's disk is full.");
    if (code === "ERR_STREAM_PREMATURE_CLOSE") throw new Problem(400, "The upload was cut off.");
    throw error;
  }
  const ending = await imageEndingOf(await startOf(partial));
  if (ending === undefined) {
    throw new Problem(
      415,
      "The file is no image that is read: give NIfTI, NRRD, MetaImage, DICOM, or a zip of a DICOM series. What it is called or said to be does not count.",
    );
  }
  const file = `image-${index}${ending}`;
  await rename(partial, join(folder, file));
  return { givenName, file };
}

async function startOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const start = new Uint8Array(START);
    const { bytesRead } = await file.read(start, 0, START, 0);
    return start.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const tooLong = (most: number): Problem =>
  new Problem(413, `The upload is longer than ${most} bytes, the server's limit.`);

const unknownField = (): Problem =>
  new Problem(
    400,
    `The form may hold the fields bundle, modality and series, each once, and files \`${FILE_FIELD}\`.`,
  );
