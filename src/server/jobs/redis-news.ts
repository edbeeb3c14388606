/** What is said of the connections to Redis: once when they are lost, once when they are back, and other errors one by one. */
import type { Redis } from "ioredis";

/** Whoever keeps the log. */
export interface QueueNews {
  /** Redis has gone. It is asked for again, at growing intervals, until it answers. */
  onLost(): void;
  /** It answers again, and is used as before. */
  onBack(): void;
  /** Something else is wrong. */
  onTrouble(error: unknown): void;
}

/** How Node says that nobody answers or that a connection broke. */
const CONNECTION_CODES = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
];

/** How ioredis and BullMQ say it. */
const CONNECTION_WORDS =
  /connection is closed|isn't writeable|command timed out|connect ETIMEDOUT|ECONNREFUSED/i;

export class RedisNews {
  private away = false;
  private over = false;

  constructor(private readonly news: QueueNews) {}

  get isAway(): boolean {
    return this.away;
  }

  /** One of the connections to the same Redis speaks for all of them: they are lost together. */
  watch(connection: Redis): void {
    connection.on("error", this.trouble);
    connection.on("close", () => {
      if (this.away || this.over) return;
      this.away = true;
      this.news.onLost();
    });
    connection.on("ready", () => {
      if (!this.away) return;
      this.away = false;
      this.news.onBack();
    });
  }

  /** For the errors of every connection. Those that say only that it is lost are said by `watch`. */
  trouble = (error: unknown): void => {
    if (!isLostConnection(error)) this.news.onTrouble(error);
  };

  /** What follows is wanted: the connections are let go of. */
  end(): void {
    this.over = true;
  }
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  return CONNECTION_CODES.includes(code ?? "") || CONNECTION_WORDS.test(message);
}
