/** A scan as the form that a client posts, whole, so that it can be sent in pieces of any size. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const BOUNDARY = "sureseg-load-3f1c96a5";

/** @returns `{ headers, body }` for a POST to `/api/jobs` */
export function formOf({ path, modality }) {
  const parts = [
    ...(modality === undefined ? [] : [part('name="modality"', Buffer.from(modality))]),
    part(`name="image"; filename="${basename(path)}"`, readFileSync(path)),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ];
  const body = Buffer.concat(parts);
  return { headers: { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` }, body };
}

const part = (disposition, content) =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
