/**
 * Keeps the page's files, so that it works without a network, and answers with the headers that isolate the page (threads of
 * WebAssembly need them) and forbid it to send anything anywhere, wherever it is hosted.
 */
import { pageHeaders } from "./page-headers.js";

/** Files of the page, and a hash of them all; written by the build. */
declare const PAGE_FILES: readonly string[];
declare const PAGE_VERSION: string;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const PREFIX = "sureseg-page-";
const NAME = `${PREFIX}${PAGE_VERSION}`;

worker.addEventListener("install", (event) => event.waitUntil(fill()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event) => {
  // What the page asks of its server, where it has one, is between them: a scan that is sent there, say.
  if (!event.request.url.startsWith(addressOf("api/"))) event.respondWith(answer(event.request));
});

/** The runtime for graphics cards is large: it is kept when it is first wanted. */
async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  const always = PAGE_FILES.filter((file) => !file.includes("asyncify"));
  await cache.addAll(always.map((file) => new Request(addressOf(file), { cache: "reload" })));
}

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return Response.error();
  address.search = "";
  if (request.mode === "navigate" && address.href === addressOf("")) address.pathname += "index.html";
  const cache = await caches.open(NAME);
  const kept = await cache.match(address.href);
  if (kept !== undefined) return isolated(kept);
  const fresh = await fetch(request);
  if (fresh.ok && PAGE_FILES.some((file) => addressOf(file) === address.href)) {
    await cache.put(address.href, fresh.clone());
  }
  return isolated(fresh);
}

const addressOf = (file: string): string => new URL(file, worker.registration.scope).href;

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value);
  // A body that the browser has unpacked is not packed any more.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
