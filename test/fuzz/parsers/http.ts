/** Requests to a server on loopback, as bytes of a connection: what is sent before the other side is closed. */

import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import pino from "pino";
import type { Random } from "../../../src/base/index.js";
import { Admission } from "../../../src/server/access/admission.js";
import { application } from "../../../src/server/http/application.js";
import type { ServerParts } from "../../../src/server/http/environment.js";
import { ServerMetrics } from "../../../src/server/http/metrics.js";
import { JobEvents } from "../../../src/server/jobs/job-events.js";
import type { JobQueue } from "../../../src/server/jobs/job-queue.js";
import { JobStore } from "../../../src/server/jobs/job-store.js";
import { openServedBundles } from "../../../src/server/jobs/served-bundles.js";
import { fixture } from "../fixtures.js";
import { anyBytes, joined, pick } from "../mutations.js";
import { TEXT_NUMBERS } from "../numbers.js";
import type { OpenParser } from "../parser.js";
import { Scratch } from "./scratch.js";

/** Takes jobs and forgets them: here only the way to the queue is tried. */
const queue: JobQueue = {
  add: async () => {},
  counts: async () => ({ waiting: 0, running: 0 }),
  knows: async () => true,
  cancel: async () => {},
  listen: () => () => {},
  ready: async () => true,
  close: async () => {},
};

const LIMITS = {
  maxUploadBytes: 2 ** 16,
  maxQueue: 8,
  maxKept: 2 ** 30,
  maxSeconds: 60,
  keepSeconds: 60,
  maxAgeSeconds: 3600,
  // What is cut off in its middle is given up after this.
  idleSeconds: 1,
};

/** Errors that the server logs are defects: each is kept for whoever sent the request. */
class Defects {
  private lines: string[] = [];

  readonly log = pino({ level: "error", base: undefined }, { write: (line) => void this.lines.push(line) });

  take(): string[] {
    return this.lines.splice(0);
  }
}

async function partsOf(
  store: JobStore,
  log: ServerParts["log"],
  stopping: AbortSignal,
): Promise<ServerParts> {
  return {
    version: "0",
    bundles: await openServedBundles(["tiny=test/oracle/fixtures/bundle-version-1"]),
    store,
    queue,
    events: new JobEvents(),
    admission: new Admission(queue, store, LIMITS),
    metrics: new ServerMetrics(queue),
    log,
    limits: LIMITS,
    stopping,
  };
}

function listening(parts: ServerParts): Promise<{ server: Server; port: number }> {
  const app = application(parts, { allowedOrigins: [] });
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: { headersTimeout: 1000 },
  }) as Server;
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => done({ server, port: (server.address() as { port: number }).port }));
  });
}

/** Sends bytes, says that no more come, and gives what is answered until the server closes the connection. */
function answerTo(bytes: Uint8Array, port: number): Promise<string> {
  return new Promise((done) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.end(bytes));
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      answer += text;
    });
    // A server may close before everything was sent.
    socket.on("error", () => {});
    socket.on("close", () => done(answer));
  });
}

const BOUNDARY = "-edge";

const request = (
  first: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = "",
): Uint8Array => {
  const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
  const lengths = bytes.length === 0 ? {} : { "Content-Length": String(bytes.length) };
  const lines = Object.entries({ Host: "localhost", Connection: "close", ...headers, ...lengths });
  const head = [first, ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n");
  return joined(Buffer.from(`${head}\r\n\r\n`, "latin1"), bytes);
};

const FORM = { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` };

const form = (image: Uint8Array): Uint8Array =>
  joined(
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="modality"\r\n\r\nCT\r\n`),
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.nii"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    image,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  );

const ID = "0123456789abcdef0123456789abcdef";

const CHUNKED = `4\r\nabcd\r\n0\r\nTrailer: x\r\n\r\n`;

const METHODS = [
  "GET",
  "POST",
  "DELETE",
  "PUT",
  "OPTIONS",
  "HEAD",
  "PATCH",
  "TRACE",
  "CONNECT",
  "get",
  "\u0000",
  "X".repeat(50),
];

const PATHS = [
  ...[
    "/",
    "/health",
    "/ready",
    "/metrics",
    "/docs",
    "/api/bundles",
    "/api/bundles/tiny",
    "/api/bundles/tiny/card",
  ],
  ...[
    "/api/jobs",
    `/api/jobs/${ID}`,
    `/api/jobs/${ID}/events`,
    `/api/jobs/${ID}/results/mask`,
    "/api/jobs/../../etc",
  ],
  ...[
    "/api/jobs/%00",
    "/api/jobs/%",
    "/%2e%2e/%2e%2e",
    "//",
    "/?a=%ff",
    "*",
    "http://evil/",
    "/\u00e9",
    `/${"a/".repeat(500)}`,
  ],
  ...["/__proto__", "/api/bundles/constructor", "/openapi.json/", "/api/bundles/tiny/manifest.json"],
];

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ["Host", ["localhost", "127.0.0.1:1", "evil", "", "localhost, evil", "[::1", "localhost:99999"]],
  ["Content-Length", ["0", "5", "99999", ...TEXT_NUMBERS]],
  ["Transfer-Encoding", ["chunked", "gzip", "chunked, chunked", "identity", "x"]],
  [
    "Content-Type",
    [
      ...Object.values(FORM),
      "application/json",
      "multipart/form-data; boundary=",
      "",
      "text/plain; charset=\u00ff",
    ],
  ],
  ["Origin", ["null", "http://evil", "http://localhost", "::"]],
  ["Authorization", ["Bearer", "Bearer x", "Basic eDp5", "Bearer ".repeat(20)]],
  ["Accept", ["text/event-stream", "*/*", "a/b;q=9"]],
  ["Last-Event-ID", ["1", "-1", "1e99", "\u0000"]],
  ["Range", ["bytes=0-1", "bytes=-1", "bytes=9-1"]],
  ["Expect", ["100-continue", "x"]],
  ["Upgrade", ["websocket", "h2c"]],
  ["Cookie", ["a=b", "=".repeat(3000)]],
  ["If-None-Match", ["*", '"']],
];

const BODIES = [
  "",
  "{}",
  "[]",
  "null",
  '{"study":"1.2","series":"1.3"}',
  "{".repeat(2000),
  CHUNKED,
  "ffffffff\r\nabc\r\n0\r\n\r\n",
];

/** Parts of a form with what such headers may hold, or nearly. */
function anyForm(random: Random, image: Uint8Array): Uint8Array {
  const names = ["image", "modality", "bundle", "series", "__proto__", "", "x".repeat(200)];
  const values = ["CT", "MR,CT", "tiny", "1.2.3", "", "../x", "\u0000", "x".repeat(400)];
  const pieces = Array.from({ length: 1 + random.below(4) }, () => {
    const file = random.uniform() < 0.5;
    const name = file && random.uniform() < 0.7 ? "image" : pick(names, random);
    const disposition = pick(["form-data", "form-data", "form-data", "attachment", ""], random);
    const fileName = file
      ? `; filename${pick(["", "*", ""], random)}="${pick(["a.nii", "../a", 'a"b', "\u00e9", "UTF-8''%ff"], random)}"`
      : "";
    const encoding = random.uniform() < 0.1 ? "\r\nContent-Transfer-Encoding: base64" : "";
    const head = `--${BOUNDARY}\r\nContent-Disposition: ${disposition}; name="${name}"${fileName}${encoding}\r\n\r\n`;
    const content = file
      ? pick([image, image.subarray(0, 9), anyBytes(40, random)], random)
      : Buffer.from(pick(values, random));
    return joined(
      Buffer.from(head, "latin1"),
      content,
      Buffer.from(pick(["\r\n", "\r\n", "\n", ""], random)),
    );
  });
  return joined(
    ...pieces,
    Buffer.from(pick([`--${BOUNDARY}--\r\n`, `--${BOUNDARY}--\r\n`, `--${BOUNDARY}\r\n`, ""], random)),
  );
}

function grammar(random: Random, image: Uint8Array): Uint8Array {
  if (random.uniform() < 0.3) return request("POST /api/jobs HTTP/1.1", FORM, anyForm(random, image));
  const version =
    random.uniform() < 0.95 ? "HTTP/1.1" : pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "", "http/1.1"], random);
  const headers = Object.fromEntries(
    Array.from({ length: random.below(5) }, () => {
      const [name, values] = pick(HEADERS, random);
      return [random.uniform() < 0.95 ? name : `${name} `, pick(values, random)];
    }),
  );
  const first = `${random.uniform() < 0.7 ? pick(["GET", "POST"], random) : pick(METHODS, random)} ${pick(PATHS, random)} ${version}`;
  const one = request(first, headers, pick(BODIES, random));
  // Several on one connection.
  return random.uniform() < 0.1 ? joined(one, one) : one;
}

export async function open(): Promise<OpenParser> {
  const scratch = new Scratch();
  const defects = new Defects();
  const stopping = new AbortController();
  const store = new JobStore(join(scratch.folder, "work"));
  const { server, port } = await listening(await partsOf(store, defects.log, stopping.signal));
  const image = fixture("nifti/dims-1x1x1.nii");
  const get = (path: string, headers = {}): Uint8Array => request(`GET ${path} HTTP/1.1`, headers);
  return {
    seeds: [
      request("POST /api/jobs HTTP/1.1", FORM, form(image)),
      joined(
        request("POST /api/jobs HTTP/1.1", { ...FORM, "Transfer-Encoding": "chunked" }),
        Buffer.from(CHUNKED),
      ),
      request(
        "POST /api/jobs HTTP/1.1",
        { "Content-Type": "application/json" },
        '{"study":"1.2","series":"1.3","store":true}',
      ),
      get(`/api/jobs/${ID}`),
      get(`/api/jobs/${ID}/events`, { Accept: "text/event-stream", "Last-Event-ID": "3" }),
      get("/api/bundles/tiny", { Origin: "http://localhost:8080", Authorization: "Bearer abc" }),
      request(`DELETE /api/jobs/${ID} HTTP/1.1`, {}),
      get("/metrics"),
    ],
    async read(bytes) {
      const answer = await answerTo(bytes, port);
      // Jobs that were taken would fill the disk in the end.
      for (const [, id] of answer.matchAll(/"id":"([0-9a-f]{32})"/g)) await store.remove(id!);
      const [logged] = defects.take();
      if (logged !== undefined) throw new Error(`logged: ${logged.trim()}`);
      const failure = [...answer.matchAll(/^HTTP\/1\.1 (5\d\d)/gm)].find(([, status]) => status !== "505");
      if (failure !== undefined) throw new Error(`answered with ${failure[1]}`);
    },
    grammar: (random) => grammar(random, image),
    async close() {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      scratch.remove();
    },
  };
}
