/** Headless Chromium on a folder of built pages, served on loopback. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { serve } from "./static-server.js";

/** Where Chromium is: what `CHROMIUM` says, else Debian's; undefined where there is none. */
export const chromiumPath = [process.env.CHROMIUM, "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

/** SwiftShader draws, and computes for WebGPU, where there is no graphics card. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--enable-unsafe-swiftshader",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
    ],
  });

export interface Chromium {
  readonly page: Page;
  close(): Promise<void>;
}

/** Opens `folder/index.html`; `files` are served below `/files/`. Errors of the page are thrown when it is closed. */
export async function openChromium(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Chromium> {
  const server = await serve({
    folder,
    files: new Map([...files].map(([name, bytes]) => [`files/${name}`, bytes])),
    // What threads of WebAssembly ask for.
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
  const browser = await launchChromium();
  const page = await browser.newPage();
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(`${server.origin}/`);
  return {
    page,
    async close() {
      await browser.close();
      await server.close();
      if (errors.length > 0) throw new AggregateError(errors, "the page failed");
    },
  };
}
