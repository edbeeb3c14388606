/**
 * The parts of a multipart body (RFC 2046 section 5.1), one after the other as they arrive, in constant memory.
 *
 * A parser of our own: those on npm are made for forms. They hold a part in memory, or refuse what comes before the first
 * boundary and after the last one, which archives send.
 */
import { UserError } from "../../base/index.js";

/** Most bytes before the first boundary, of a boundary's line, and of the headers of a part. */
const MAX_AROUND = 16_384;

const LINE_END = Buffer.from("\r\n");
const HEADERS_END = Buffer.from("\r\n\r\n");

export interface Part {
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Must be read to its end before the next part is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** @throws UserError where the body ends early or is no multipart body */
export async function* partsOf(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const reader = new Reader(body);
  try {
    // The first boundary may be the first line.
    reader.unread(LINE_END);
    await reader.short(delimiter);
    while (!(await isLast(reader))) {
      const headers = headersIn(await reader.short(HEADERS_END));
      let ended = false;
      const content = async function* (): AsyncGenerator<Uint8Array> {
        yield* reader.before(delimiter);
        ended = true;
      };
      yield { headers, content: content() };
      if (!ended) throw new Error("a part of a multipart body was not read to its end");
    }
  } finally {
    await reader.close();
  }
}

/** Reads what stands between a boundary and its part: two hyphens after the last one. */
async function isLast(reader: Reader): Promise<boolean> {
  if ((await reader.exactly(2)).toString("latin1") === "--") return true;
  reader.unreadLast();
  const padding = (await reader.short(LINE_END)).toString("latin1");
  if (!/^[ \t]*$/.test(padding)) throw malformed("a boundary that goes on");
  // Where a part has no headers the end of this line is the first half of the end of headers.
  reader.unread(LINE_END);
  return false;
}

function headersIn(text: Buffer): Map<string, string> {
  const lines = text
    .toString("latin1")
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1) throw malformed("a part with a header that has no name");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** Bytes up to a mark, whatever the pieces in which they arrive. */
class Reader {
  private held = Buffer.alloc(0);
  private last = Buffer.alloc(0);
  private readonly pieces: AsyncIterator<Uint8Array>;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.pieces = body[Symbol.asyncIterator]();
  }

  /** What comes before the mark; the mark itself is passed over. */
  async *before(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.held.indexOf(mark);
      // The mark may have begun in the last bytes that are here.
      const sure = at >= 0 ? at : Math.max(0, this.held.length - mark.length + 1);
      const found = this.held.subarray(0, sure);
      this.held = this.held.subarray(at >= 0 ? at + mark.length : sure);
      if (found.length > 0) yield found;
      if (at >= 0) return;
      await this.more();
    }
  }

  /** As `before`, all at once. */
  async short(mark: Buffer): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.before(mark)) {
      length += piece.length;
      if (length > MAX_AROUND) throw malformed(`more than ${MAX_AROUND} bytes without the end of a header`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async exactly(count: number): Promise<Buffer> {
    while (this.held.length < count) await this.more();
    this.last = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return this.last;
  }

  /** Puts back what `exactly` gave. */
  unreadLast(): void {
    this.unread(this.last);
  }

  unread(bytes: Buffer): void {
    this.held = Buffer.concat([bytes, this.held]);
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  private async more(): Promise<void> {
    const { done, value } = await this.pieces.next();
    if (done) throw malformed("an answer that ends early");
    this.held = this.held.length === 0 ? Buffer.from(value) : Buffer.concat([this.held, value]);
  }
}

const malformed = (found: string): UserError =>
  new UserError({
    subject: "DICOMweb archive",
    found,
    expected: "a whole multipart answer (RFC 2046)",
    advice: "Ask again; where it stays so, look at the archive and at what lies between it and sureseg.",
  });
