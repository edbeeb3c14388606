/** The page's service worker: keeps the page's files, and isolates the page so that threads are allowed. */
import { offline, scan, work } from "../state/page-state.js";

/** Does nothing where there is no service worker: in development, and in browsers that allow none. */
export async function keepOffline(): Promise<void> {
  if (import.meta.env.DEV || !("serviceWorker" in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // A page whose server sends no headers of isolation gets them from the worker, from the next load on.
    if (!wasControlled && !crossOriginIsolated && isUntouched()) location.reload();
  });
  try {
    await navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI));
    await navigator.serviceWorker.ready;
    offline.value = true;
  } catch {
    // Without it the page needs its server, and works as ever.
  }
}

const isUntouched = (): boolean => work.value.at === "idle" && scan.value === undefined;
