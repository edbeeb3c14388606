/** Requests that want what is not theirs: other files, other people's leave, or all of the server's time and room. */
import type { Random } from "../../src/base/index.js";
import { leadingOut } from "./archives.js";
import { type Attack, jobEnding, rawEnding, refused, sendRaw, type Target } from "./attack.js";

const pick = <Item>(items: readonly Item[], random: Random): Item => items[random.below(items.length)]!;

const bytes = (length: number, random: Random): Uint8Array =>
  Uint8Array.from({ length }, () => random.below(256));

const BOUNDARY = "boundary";

/** A form's beginning, up to the content of its file. */
const formStart = (fileName: string, type = "application/octet-stream"): string =>
  [
    `--${BOUNDARY}`,
    `Content-Disposition: form-data; name="image"; filename="${fileName}"`,
    `Content-Type: ${type}`,
    "",
    "",
  ].join("\r\n");

const head = (method: string, path: string, headers: Readonly<Record<string, string>>): string =>
  `${[`${method} ${path} HTTP/1.1`, ...Object.entries({ Host: "localhost", ...headers }).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;

const FORM = { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` };

const post = (target: Target, body: string | Uint8Array, headers: Record<string, string> = FORM) =>
  target.server.ask("/api/jobs", { method: "POST", body: body as Uint8Array<ArrayBuffer>, headers });

/** Content that is no image. */
const strangers: readonly (readonly [string, Uint8Array])[] = [
  ["text/html", new TextEncoder().encode("<html><script>alert(1)</script></html>")],
  ["image/png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0)],
  ["application/x-executable", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)],
  ["application/gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
  ["application/zip", Uint8Array.of(0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0))],
  ["application/dicom", new Uint8Array(0)],
  ["application/json", new TextEncoder().encode('{"__proto__":{"polluted":true}}')],
];

const formAttacks: readonly Attack[] = [
  {
    door: "form",
    name: "what is no image, called and said to be one",
    attempt: async (target, random) => {
      const [, content] = pick(strangers, random);
      const [type] = pick(strangers, random);
      const name = pick(["scan.nii.gz", "scan.dcm", "scan.zip", "scan.nrrd"], random);
      return refused((await target.server.send([{ name, bytes: content, type }])).status);
    },
  },
  {
    door: "form",
    name: "other content types, and none, over an image",
    attempt: async (target, random) => {
      const types = [
        "application/json",
        "application/octet-stream",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=boundary",
        'multipart/form-data; boundary="',
        `multipart/form-data; boundary=${"x".repeat(300)}`,
        "",
      ];
      return refused((await post(target, target.image, { "Content-Type": pick(types, random) })).status);
    },
  },
  {
    door: "form",
    name: "names of files that lead out of the folder",
    attempt: async (target, random) =>
      jobEnding(
        target,
        await target.server.send([{ name: pick(leadingOut, random), bytes: target.image }], {
          modality: "CT",
        }),
      ),
  },
  {
    door: "form",
    name: "fields that there are not, twice, or far too long",
    attempt: async (target, random) => {
      const fields: Record<string, string>[] = [
        { __proto__x: "1" },
        { constructor: "1" },
        { bundle: "../../etc" },
        { bundle: "x".repeat(100_000) },
        { modality: "CT,".repeat(80) },
        { modality: "<script>" },
        { series: "1; rm -rf /" },
        { ["x".repeat(5000)]: "1" },
        Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`field${at}`, "1"])),
      ];
      return refused(
        (await target.server.send([{ name: "a", bytes: target.image }], pick(fields, random))).status,
      );
    },
  },
  {
    door: "form",
    name: "hundreds of files",
    slow: true,
    attempt: async (target) => {
      const files = Array.from({ length: 300 }, (_, at) => ({ name: `a_${at}.nii`, bytes: target.image }));
      return refused((await target.server.send(files)).status);
    },
  },
  {
    door: "form",
    name: "cut off, or broken in the middle",
    attempt: async (target, random) => {
      const form = Buffer.concat([Buffer.from(formStart("a.nii.gz")), target.image]);
      const cut = form.subarray(0, random.below(form.length));
      return refused((await post(target, cut)).status);
    },
  },
  {
    door: "form",
    name: "said to be longer than the server takes",
    attempt: async (target) => {
      const start = head("POST", "/api/jobs", { ...FORM, "Content-Length": String(2 ** 40) });
      return rawEnding(await sendRaw(target, [start]));
    },
  },
  {
    door: "form",
    name: "without end, in chunks",
    slow: true,
    attempt: async (target) => {
      const start = head("POST", "/api/jobs", { ...FORM, "Transfer-Encoding": "chunked" });
      const chunk = (content: Uint8Array | string): Uint8Array =>
        Buffer.concat([
          Buffer.from(`${content.length.toString(16)}\r\n`),
          Buffer.from(content as never),
          Buffer.from("\r\n"),
        ]);
      const mebibyte = chunk(new Uint8Array(2 ** 20).fill(1));
      const pieces = [start, chunk(formStart("a.nii")), ...new Array<Uint8Array>(64).fill(mebibyte)];
      return rawEnding(await sendRaw(target, pieces, { every: 1 }));
    },
  },
  {
    door: "form",
    name: "that falls silent",
    slow: true,
    attempt: async (target) => {
      const start = head("POST", "/api/jobs", { ...FORM, "Content-Length": "100000" });
      return rawEnding(await sendRaw(target, [start, formStart("a.nii"), "x"]));
    },
  },
];

const addresses: readonly string[] = [
  "/../../../../etc/passwd",
  "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
  "/..%2f..%2f..%2fetc%2fpasswd",
  "/..%5c..%5cetc%5cpasswd",
  "/....//....//etc/passwd",
  "//etc/passwd",
  "/%00/etc/passwd",
  "/.env",
  "/assets/../../secret.txt",
  "/assets/%2e%2e/%2e%2e/secret.txt",
  "/api/bundles/tiny/files/..%2f..%2fsecret.txt",
  "/api/bundles/..%2f..%2f/files/secret.txt",
  "/api/bundles/__proto__",
  "/api/bundles/constructor/files/model.onnx",
  "/api/jobs/..%2f..%2fserver.lock",
  "/api/jobs/%00",
  "/api/jobs/__proto__/results/mask",
  `/api/jobs/${"0".repeat(32)}/results/..%2fjob.json`,
  `/${"a/".repeat(3000)}`,
  "/%",
  "/%ff%fe",
  "/api/jobs/%E0%A4%A",
];

const addressAttacks: readonly Attack[] = [
  {
    door: "address",
    name: "paths that lead out of the page, of bundles and of jobs",
    attempt: async (target, random) => {
      const method = pick(["GET", "HEAD", "POST", "DELETE", "PUT", "TRACE"], random);
      const { status, text } = await target.server.raw(pick(addresses, random), { method });
      if (/root:|TOP SECRET/.test(text)) throw new Error("gave a file that is not its own");
      return refused(status);
    },
  },
  {
    door: "address",
    name: "jobs that are not one's own, guessed",
    attempt: async (target, random) => {
      const id = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
      const path = pick(["", "/events", "/results/mask"], random);
      return refused((await target.server.ask(`/api/jobs/${id}${path}`)).status);
    },
  },
];

const headerAttacks: readonly Attack[] = [
  {
    door: "header",
    name: "pages of other origins: reading, sending, deleting, asking beforehand",
    attempt: async (target, random) => {
      const origins = [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://127.0.0.1:1",
        "file://",
        "x",
      ];
      const method = pick(["GET", "POST", "DELETE", "OPTIONS"], random);
      const path = pick(["/api/bundles", "/api/server", "/api/jobs", "/metrics"], random);
      const { status, headers } = await target.server.raw(path, {
        method,
        headers: { Origin: pick(origins, random), "Content-Type": `${FORM["Content-Type"]}` },
      });
      if (headers["access-control-allow-origin"] !== undefined) throw new Error("lets the origin read");
      return refused(status);
    },
  },
  {
    door: "header",
    name: "forms and pictures of other sites, which name no origin",
    attempt: async (target, random) => {
      const headers = { "Sec-Fetch-Site": pick(["cross-site", "same-site"], random) };
      return refused((await target.server.raw("/api/bundles", { headers })).status);
    },
  },
  {
    door: "header",
    name: "other names for loopback (DNS rebinding)",
    attempt: async (target, random) => {
      const hosts = [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "2130706433",
        "0",
        "",
      ];
      const path = pick(["/", "/api/server", "/api/bundles", "/health"], random);
      const host = pick(hosts, random);
      return rawEnding(await sendRaw(target, [head("GET", path, { Host: host, Connection: "close" })]));
    },
  },
  {
    door: "header",
    name: "headers that are too long or too many",
    attempt: async (target, random) => {
      const headers = pick(
        [
          { Cookie: "x".repeat(100_000) },
          Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`X-${at}`, "1"])),
          { Authorization: `Bearer ${"x".repeat(60_000)}` },
        ] as Record<string, string>[],
        random,
      );
      return rawEnding(await sendRaw(target, [head("GET", "/api/server", headers)]));
    },
  },
];

const socketAttacks: readonly Attack[] = [
  {
    door: "socket",
    name: "bytes at random where HTTP is spoken",
    attempt: async (target, random) =>
      rawEnding(await sendRaw(target, [bytes(1 + random.below(2000), random)])),
  },
  {
    door: "socket",
    name: "requests that say their length twice, or wrongly (smuggling)",
    attempt: async (target, random) => {
      const headers = pick(
        [
          "Content-Length: 5\r\nContent-Length: 6",
          "Content-Length: 5\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: xchunked",
          "Content-Length: -1",
          "Content-Length: 0x10",
        ],
        random,
      );
      const request = `POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n${headers}\r\nContent-Type: ${FORM["Content-Type"]}\r\nConnection: close\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const answer = await sendRaw(target, [request]);
      if (answer.includes("sureseg_jobs")) throw new Error("answered a request hidden in another");
      return rawEnding(answer);
    },
  },
  {
    door: "socket",
    name: "headers a byte at a time (slow loris)",
    slow: true,
    attempt: async (target) => {
      const pieces = [...head("GET", "/health", { "X-Slow": "y".repeat(200) })];
      return rawEnding(await sendRaw(target, pieces, { every: 100 }));
    },
  },
];

export const requestAttacks: readonly Attack[] = [
  ...formAttacks,
  ...addressAttacks,
  ...headerAttacks,
  ...socketAttacks,
];

/** On a server that asks for tokens. */
export const tokenAttacks: readonly Attack[] = [
  {
    door: "token",
    name: "no token, parts of one, others, and other schemes",
    attempt: async (target, random) => {
      const token = target.token!;
      const changed = [...token];
      changed[random.below(changed.length)] = "~";
      const values = [
        undefined,
        "",
        "Bearer",
        "Bearer ",
        `Bearer ${token.slice(0, random.below(token.length))}`,
        `Bearer ${changed.join("")}`,
        `Bearer ${token}${token}`,
        `Bearer ${token.toUpperCase()}`,
        `Basic ${Buffer.from(`viewer:${token}`).toString("base64")}`,
        `Token ${token}`,
        token,
        `Bearer ${"0".repeat(64)}`,
      ];
      const value = pick(values, random);
      const path = pick(
        ["/api/bundles", "/api/jobs/x", "/metrics", "/api/bundles/tiny/files/model.onnx"],
        random,
      );
      const response = await fetch(`${target.server.address}${path}`, {
        headers: value === undefined ? {} : { Authorization: value },
      });
      if (response.status !== 401) throw new Error(`answered with ${response.status}`);
      return "401";
    },
  },
  {
    door: "token",
    name: "guessed as fast as the server answers, two hundred at once beside an honest request",
    slow: true,
    attempt: async ({ server }, random) => {
      const guess = async (): Promise<number> => {
        const guessed = Buffer.from(bytes(32, random)).toString("base64url");
        const headers = { Authorization: `Bearer sureseg_${guessed}` };
        return (await fetch(`${server.address}/api/bundles`, { headers })).status;
      };
      const guesses = Array.from({ length: 200 }, guess);
      if ((await server.ask("/api/bundles")).status !== 200)
        throw new Error("the honest request was refused");
      const answers = new Set(await Promise.all(guesses));
      if (answers.size !== 1 || !answers.has(401)) throw new Error(`answered with ${[...answers]}`);
      return "401";
    },
  },
  {
    door: "token",
    name: "a job of another token, its events and results: reading, deleting",
    attempt: async (target, random) => {
      const { server } = target;
      const { id } = await server.take({ name: "a", bytes: target.image }, { modality: "CT" });
      const { results } = await server.over(id);
      const paths = [`/api/jobs/${id}`, `/api/jobs/${id}/events`, ...results.map(({ href }) => href)];
      const headers = { Authorization: `Bearer ${target.otherToken}` };
      const path = pick(paths, random);
      const read = await fetch(`${server.address}${path}`, { headers });
      const removed = await fetch(`${server.address}/api/jobs/${id}`, { method: "DELETE", headers });
      // Its maker still has it.
      if ((await server.ask(results[0]!.href)).status !== 200) throw new Error("the results are gone");
      if (removed.status !== 404) throw new Error(`deleting was answered with ${removed.status}`);
      return refused(read.status);
    },
  },
];
