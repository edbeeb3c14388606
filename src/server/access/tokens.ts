/** Bearer tokens (RFC 6750). The file keeps the SHA-256 of each alone: whoever reads it can present none. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, stat } from "node:fs/promises";
import { z } from "zod";
import { parseJson, UserError } from "../../base/index.js";
import { readBytesIfThere, writeFileAtomically } from "../../dataset/index.js";

/** What clients are called, in logs and as the owners of jobs. */
const clientName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "expected lower case letters, digits, `.`, `_` and `-`");

const fileSchema = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        name: clientName,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        created: z.iso.datetime(),
      }),
    )
    .max(10_000),
});
type Tokens = z.infer<typeof fileSchema>["tokens"];

/** So that people and scanners for secrets know one when they see it. */
const PREFIX = "sureseg_";

const MAX_FILE_BYTES = 2 ** 22;

/**
 * Makes a token for a client and keeps its hash.
 *
 * @returns the token, which cannot be had again
 * @throws UserError where the client has one already, or the name cannot be one
 */
export async function addToken(file: string, name: string): Promise<string> {
  const tokens = await readTokens(file);
  if (!clientName.safeParse(name).success) {
    throw new UserError({
      subject: "the client's name",
      found: "something else",
      expected: "up to 64 lower case letters, digits, dots, hyphens and underscores",
      advice: "It appears in logs: name the program, no person.",
    });
  }
  if (tokens.some((token) => token.name === name)) {
    throw new UserError({
      subject: file,
      found: `a token of ${name} already`,
      expected: "a name that has none",
      advice: "Take the old one back first, with --revoke.",
    });
  }
  // 256 random bits: no guess succeeds, so a plain hash keeps them as safe as a slow one would.
  const token = `${PREFIX}${randomBytes(32).toString("base64url")}`;
  const sha256 = hashOf(token).toString("hex");
  await writeTokens(file, [...tokens, { name, sha256, created: new Date().toISOString() }]);
  return token;
}

/** @throws UserError where the client has no token */
export async function revokeToken(file: string, name: string): Promise<void> {
  const tokens = await readTokens(file);
  const others = tokens.filter((token) => token.name !== name);
  if (others.length === tokens.length) {
    throw new UserError({
      subject: file,
      found: `no token of ${name}`,
      expected: `one of ${tokens.map((token) => token.name).join(", ") || "none"}`,
      advice: "Check the name.",
    });
  }
  await writeTokens(file, others);
}

/** The tokens of a running server: what is added or revoked counts from the next request on. */
export class TokenFile {
  private tokens: Tokens = [];
  private version = "";

  private constructor(private readonly file: string) {}

  /** @throws UserError where the file is not there, damaged or without a token */
  static async open(file: string): Promise<TokenFile> {
    const opened = new TokenFile(file);
    await opened.refresh();
    if (opened.tokens.length === 0) {
      throw new UserError({
        subject: file,
        found: "no token",
        expected: "at least one, without which nobody could use the server",
        advice: `Make one: sureseg token NAME --tokens ${file}`,
      });
    }
    return opened;
  }

  /**
   * Whose token it is; undefined for nobody's. Takes the same time whichever it is.
   *
   * @throws UserError where the file cannot be read any more: nobody is let in then
   */
  async clientOf(presented: string): Promise<string | undefined> {
    await this.refresh();
    const hash = hashOf(presented);
    let client: string | undefined;
    for (const { name, sha256 } of this.tokens) {
      if (timingSafeEqual(hash, Buffer.from(sha256, "hex"))) client = name;
    }
    return client;
  }

  private async refresh(): Promise<void> {
    const facts = await stat(this.file).catch(() => undefined);
    const version = facts === undefined ? "none" : `${facts.ino} ${facts.size} ${facts.mtimeMs}`;
    if (version === this.version) return;
    this.tokens = await readTokens(this.file);
    this.version = version;
  }
}

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

async function readTokens(file: string): Promise<Tokens> {
  const bytes = await readBytesIfThere(file, { expected: "a file of tokens", most: MAX_FILE_BYTES });
  if (bytes === undefined) return [];
  return parseJson(new TextDecoder().decode(bytes), fileSchema, file).tokens;
}

async function writeTokens(file: string, tokens: Tokens): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify({ tokens }, null, 2)}\n`);
  await chmod(file, 0o600);
}
