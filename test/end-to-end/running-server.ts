/** The real `sureseg serve`, on a port of loopback that is free. */
import { type ChildProcess, spawn } from "node:child_process";
import { request as nodeRequest } from "node:http";
import { binary } from "./workplace.js";

export interface ServerEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface JobAnswer {
  readonly id: string;
  readonly state: string;
  readonly foreign?: boolean;
  readonly failure?: string;
  readonly notStored?: string;
  readonly archive?: { readonly study: string; readonly series: string; readonly store: boolean };
  readonly attempts: number;
  readonly results: readonly { readonly name: string; readonly href: string; readonly file: string }[];
  readonly links: { readonly self: string; readonly events: string };
}

export interface ServerEvent {
  readonly id: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FormFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: string;
}

export class RunningServer {
  private constructor(
    readonly address: string,
    readonly child: ChildProcess,
    private readonly ended: Promise<ServerEnd>,
    private readonly heard: { stderr: string },
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** @param args after `sureseg serve`, the port left out */
  static async start(
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly preload?: string;
      readonly env?: NodeJS.ProcessEnv;
      readonly token?: string;
    },
  ): Promise<RunningServer> {
    const preload = options.preload === undefined ? [] : ["--import", options.preload];
    const child = spawn(process.execPath, [...preload, binary, "serve", ...args, "--port", "0"], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    const heard = { stderr: "" };
    child.stderr.on("data", (chunk) => {
      heard.stderr += chunk;
    });
    const ended = new Promise<ServerEnd>((done) =>
      child.on("close", (status, signal) => done({ status, signal })),
    );
    const address = await new Promise<string>((done, fail) => {
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.includes("\n")) done(text.trim());
      });
      child.on("close", () => fail(new Error(`the server ended: ${heard.stderr}`)));
    });
    const headers: Record<string, string> =
      options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` };
    return new RunningServer(address, child, ended, heard, headers);
  }

  /** All that the server has said on stderr. */
  get log(): string {
    return this.heard.stderr;
  }

  /** The lines of its log. */
  get logLines(): Record<string, unknown>[] {
    return this.log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${this.address}${path}`, { ...init, headers: { ...this.headers, ...init.headers } });

  json = async <Answer>(path: string): Promise<Answer> => (await this.ask(path)).json() as Promise<Answer>;

  send(
    files: readonly FormFile[],
    fields: Readonly<Record<string, string>> = {},
    init: RequestInit = {},
  ): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const { name, bytes, type } of files) {
      form.append("image", new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name);
    }
    return this.ask("/api/jobs", { ...init, method: "POST", body: form });
  }

  /** Sends an image that must be taken. */
  async take(file: FormFile, fields: Readonly<Record<string, string>> = {}): Promise<JobAnswer> {
    const response = await this.send([file], fields);
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as JobAnswer;
  }

  job = (id: string): Promise<JobAnswer> => this.json(`/api/jobs/${id}`);

  /** The job once it is over, told by its events. */
  async over(id: string): Promise<JobAnswer> {
    for await (const event of this.events(id)) if (event.kind === "end") break;
    return this.job(id);
  }

  /** The events of a job, until it is over or the reader has enough. */
  async *events(id: string, lastEventId?: number): AsyncGenerator<ServerEvent> {
    const aborter = new AbortController();
    const headers: Record<string, string> =
      lastEventId === undefined ? {} : { "Last-Event-ID": String(lastEventId) };
    const response = await this.ask(`/api/jobs/${id}/events`, { headers, signal: aborter.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    let text = "";
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop()!;
        for (const block of blocks.filter((one) => !one.startsWith(":"))) yield eventOf(block);
      }
    } finally {
      aborter.abort();
    }
  }

  /** A request with headers that `fetch` will not send, or an address that it would tidy. */
  raw(
    path: string,
    { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<{ readonly status: number; readonly text: string; readonly headers: Record<string, unknown> }> {
    return new Promise((done, fail) => {
      const sent = nodeRequest(
        { host: "127.0.0.1", port: this.port, path, method, headers: { ...this.headers, ...headers } },
        (answer) => {
          let text = "";
          answer.on("data", (chunk) => {
            text += chunk;
          });
          answer.on("end", () => done({ status: answer.statusCode!, text, headers: answer.headers }));
        },
      );
      sent.on("error", fail);
      sent.end();
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ServerEnd> {
    this.child.kill(signal);
    return this.ended;
  }
}

function eventOf(block: string): ServerEvent {
  const field = (name: string): string =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? "";
  return { id: Number(field("id")), kind: field("event"), data: JSON.parse(field("data")) };
}
