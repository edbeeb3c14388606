/**
 * What the browser page may do (Content Security Policy Level 3): compute in WebAssembly and threads, draw, and talk to nobody
 * but the place that it came from. The page says so itself, its service worker and `sureseg serve` by a header.
 */
export const pagePolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
