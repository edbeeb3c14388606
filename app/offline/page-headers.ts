import { pagePolicy } from "../../src/base/page-policy.js";

/** Headers that every answer should carry; the service worker adds them where the server does not. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": pagePolicy,
};
