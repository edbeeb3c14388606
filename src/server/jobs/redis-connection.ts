/** Where Redis is, and a first word with it, so that a mistake shows when a process starts. */
import { Redis } from "ioredis";
import { UserError } from "../../base/index.js";

/** Where the password comes from: command lines are seen by everybody on a machine. */
export const PASSWORD_VARIABLE = "SURESEG_QUEUE_PASSWORD";

/** What a connection is made with. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Number of the database. */
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** Present where the connection is by TLS. */
  readonly tls?: object;
  /** No limit: what waits for Redis goes on once it is back. */
  readonly maxRetriesPerRequest: null;
  /** Milliseconds before the connection is made for the nth time again. */
  readonly retryStrategy: (times: number) => number;
}

/** Bounds of the pause before a lost connection is made again, in milliseconds. It doubles each time. */
const PAUSE = { first: 200, most: 5000 };

/** Milliseconds in which connections are closed politely: a Redis that is away does not keep a process from ending. */
const POLITE_CLOSING = 3000;

/** Milliseconds that Redis has to answer when a process starts. */
const FIRST_ANSWER = 5000;

/**
 * @param url `redis://HOST:PORT/DATABASE`, or `rediss://` for TLS; a user may be in it and a password may not
 * @param environment may hold the password
 * @throws UserError where it is something else
 */
export function redisAt(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = /^\/?(\d{0,4})$/.exec(parsed?.pathname ?? "")?.[1];
  const known = parsed !== undefined && ["redis:", "rediss:"].includes(parsed.protocol);
  if (!known || parsed.hostname === "" || database === undefined) {
    throw new UserError({
      subject: "--queue",
      found: "something that is no address of Redis",
      expected: "redis://HOST:PORT, or rediss:// for TLS; a number of a database may follow after a slash",
      advice: "Leave --queue out where one process is to do everything.",
    });
  }
  if (parsed.password !== "") {
    throw new UserError({
      subject: "--queue",
      found: "an address with a password in it",
      expected: "an address alone, for command lines are seen by everybody on a machine",
      advice: `Put the password into the variable ${PASSWORD_VARIABLE}.`,
    });
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port || 6379),
    db: Number(database),
    username: parsed.username || undefined,
    password: environment[PASSWORD_VARIABLE] || undefined,
    ...(parsed.protocol === "rediss:" && { tls: {} }),
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(PAUSE.most, PAUSE.first * 2 ** Math.min(times - 1, 10)),
  };
}

/**
 * Closes what uses Redis, and cuts the connections where that waits for an answer that does not come.
 *
 * @param cut drops connections at once; nobody waits for it
 */
export async function closeOrCut(close: () => Promise<unknown>, cut: () => Promise<unknown>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const given = new Promise<void>((resolve) => {
    late = setTimeout(resolve, POLITE_CLOSING);
  });
  await Promise.race([close().catch(() => {}), given]);
  clearTimeout(late);
  void cut().catch(() => {});
}

/** Asks Redis something over a connection of its own. @throws UserError where it does not answer */
export async function askRedis<Answer>(
  options: RedisAddress,
  ask: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: FIRST_ANSWER,
    retryStrategy: () => null,
  });
  // The rejection says only that the connection is closed.
  let reason: string | undefined;
  redis.on("error", ({ code }: NodeJS.ErrnoException) => {
    reason = code;
  });
  try {
    await redis.connect();
    return await ask(redis);
  } catch (cause) {
    const refusal = /^(NOAUTH|WRONGPASS|NOPERM)/.exec((cause as Error).message)?.[0];
    throw new UserError({
      subject: "--queue",
      found: `no Redis that lets us in (${refusal ?? reason ?? "no connection"})`,
      expected: "Redis 5 or later at this address",
      advice: `Check that it runs and may be reached from here, and the password in ${PASSWORD_VARIABLE} if it wants one.`,
      cause,
    });
  } finally {
    redis.disconnect();
  }
}
