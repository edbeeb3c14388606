/** Attacks by JSON that asks for a series of the archive. */
import type { Random } from "../../src/base/index.js";
import { type Attack, jobEnding, type Target } from "./attack.js";

const STUDY = "1.2.3.4";
const SERIES = "1.2.3.4.5";

/** One of the list. */
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.below(items.length)]!;

const order = (target: Target, body: string, type?: string): Promise<Response> =>
  target.server.ask("/api/jobs", {
    method: "POST",
    // `fetch` says that a text is text, where nobody says what it is; bytes have no type.
    body: Buffer.from(body),
    headers: type === undefined ? {} : { "Content-Type": type },
  });

const attempt = async (target: Target, body: unknown): Promise<string> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return jobEnding(target, await order(target, text, "application/json"));
};

/** Whom a server could be made to ask, or where in its archive, if a name were put into an address as it is. */
const elsewhere = [
  "http://169.254.169.254/latest/meta-data",
  "http://127.0.0.1:6379/",
  "file:///etc/passwd",
  "//evil.example/studies",
  "1.2/../../../instances",
  "1.2/..;/instances",
  "1.2%2f..%2f..",
  "1.2?includefield=all",
  "1.2#",
  "1.2@evil.example",
  "1.2\r\nHost: evil.example",
  "1.2\u0000",
  "\uff11.\uff12",
  "..",
  "",
];

export const archivedJobAttacks: readonly Attack[] = [
  {
    door: "json",
    name: "an order for a series, said to be of other types or of none",
    async attempt(target, random) {
      const types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "application/jsonp",
        "application/json-patch+json",
        "text/json",
        "application/xml",
        undefined,
      ];
      const body = JSON.stringify({ study: STUDY, series: SERIES });
      return jobEnding(target, await order(target, body, pick(random, types)));
    },
  },
  {
    door: "json",
    name: "nested hundreds deep, cut off, or longer than any order",
    attempt(target, random) {
      const depth = 100 + random.below(400);
      return attempt(
        target,
        pick(random, [
          `{"study":${"[".repeat(depth)}${"]".repeat(depth)},"series":"${SERIES}"}`,
          '{"study":'.repeat(depth),
          `{"study":"${STUDY}","series":"${SERIES}"`,
          `{"study":"${STUDY}","series":"${SERIES}"}${" ".repeat(4096 + random.below(1e6))}`,
          `"${"1.".repeat(3000)}"`,
        ]),
      );
    },
  },
  {
    door: "json",
    name: "huge numbers, lists and objects where names belong",
    attempt(target, random) {
      const odd = pick(random, [
        "1e308",
        "-1e-400",
        "9".repeat(900),
        "[1,2]",
        "{}",
        "null",
        "true",
        '["1.2.3"]',
      ]);
      const [study, series] = pick(random, [
        [odd, `"${SERIES}"`],
        [`"${STUDY}"`, odd],
      ]);
      const store = pick(random, ["true", "1", odd]);
      return attempt(target, `{"study":${study},"series":${series},"store":${store}}`);
    },
  },
  {
    door: "json",
    name: "addresses, paths and line ends where names belong (SSRF)",
    attempt(target, random) {
      const other = pick(random, elsewhere);
      return attempt(
        target,
        pick(random, [
          { study: other, series: SERIES },
          { study: STUDY, series: other },
          { study: STUDY, series: SERIES, url: other },
          { study: STUDY, series: SERIES, dicomweb: other },
          { study: STUDY, series: SERIES, archive: { url: other } },
          { study: STUDY, series: SERIES, bundle: `../${other}` },
        ]),
      );
    },
  },
  {
    door: "json",
    name: "keys of prototypes, and the same key twice",
    async attempt(target, random) {
      const key = pick(random, ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]);
      const ending = await attempt(
        target,
        pick(random, [
          `{"study":"${STUDY}","series":"${SERIES}","${key}":{"store":true,"polluted":true}}`,
          `{"${key}":{"study":"${STUDY}","series":"${SERIES}"}}`,
          `{"study":"${STUDY}","series":"${SERIES}","bundle":"${key}"}`,
          `{"study":"${STUDY}","study":"http://evil.example","series":"${SERIES}"}`,
        ]),
      );
      if ((await target.server.json<Record<string, unknown>>("/api/server")).polluted !== undefined) {
        throw new Error("a prototype was changed");
      }
      return ending;
    },
  },
];
