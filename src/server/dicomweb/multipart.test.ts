import fc from "fast-check";
import { expect, it } from "vitest";
import { partsOf } from "./multipart.js";

const boundary = "b-0123";

/** The bytes in pieces of the given lengths, over and over. */
async function* inPieces(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function contents(body: Buffer, lengths: readonly number[] = [65_536]): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const { content } of partsOf(inPieces(body, lengths), boundary)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    found.push(Buffer.concat(pieces));
  }
  return found;
}

const bodyOf = (parts: readonly Uint8Array[], before = "", after = ""): Buffer =>
  Buffer.concat([
    Buffer.from(before),
    ...parts.flatMap((part) => [
      Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      part,
      Buffer.from("\r\n"),
    ]),
    Buffer.from(`--${boundary}--${after}`),
  ]);

/** Bytes that look like boundaries more often than bytes do. */
const anyPart = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom("\r", "\n", "\r\n", "--", `--${boundary.slice(0, 3)}`, `\r\n--${boundary.slice(0, 5)}`),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))))
  .filter((part) => !part.includes(`\r\n--${boundary}`) && !part.subarray(0).includes(`--${boundary}`));

it("gives every part byte for byte, in whatever pieces the body arrives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPart, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom("", "\r\n", "a preamble\r\n"),
      fc.constantFrom("", "\r\n", "\r\nan epilogue\r\n--b"),
      async (parts, lengths, before, after) => {
        expect(await contents(bodyOf(parts, before, after), lengths)).toEqual(parts);
      },
    ),
  );
});

it("says so where the body ends early, at every length", async () => {
  const whole = bodyOf([Buffer.from("one"), Buffer.from("two")]);
  for (let length = 0; length < whole.length; length++)
    await expect(contents(whole.subarray(0, length), [7]), String(length)).rejects.toThrow(/ends early/);
});

it("knows headers whatever their case, and parts that have none", async () => {
  const body = `--${boundary} \r\nCONTENT-type: a/b;\r\n c=d\r\nX: y\r\n\r\n1\r\n--${boundary}\r\n\r\n2\r\n--${boundary}--`;
  const found: [string | undefined, number][] = [];
  for await (const { headers, content } of partsOf(inPieces(Buffer.from(body), [3]), boundary)) {
    for await (const _ of content);
    found.push([headers.get("content-type"), headers.size]);
  }
  expect(found).toEqual([
    ["a/b; c=d", 2],
    [undefined, 0],
  ]);
});

it.each([
  ["headers without end", `--${boundary}\r\n${"X: y\r\n".repeat(5000)}`],
  ["a preamble without end", "x".repeat(20_000)],
  ["a boundary's line without end", `--${boundary}${" ".repeat(20_000)}`],
])("holds no more than a few bytes of %s", async (_, body) => {
  await expect(contents(Buffer.from(body), [1000])).rejects.toThrow(/more than 16384 bytes/);
});
