import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { filesOfZip, isZip } from "./zip.js";

const content = Uint8Array.from({ length: 1000 }, (_, at) => at % 7);

describe("files of a zip", () => {
  it("are unpacked, without folders and what macOS adds; names steer no terminal", async () => {
    const zip = zipSync({
      "a/b/../c\u001b[2J": content,
      "a/": new Uint8Array(0),
      "__MACOSX/x": content,
      ".DS_Store": content,
    });
    expect(isZip(zip)).toBe(true);
    const files = filesOfZip(zip, "x.zip");
    expect(files.map(({ name }) => name)).toEqual(["x.zip: a/b/../c?[2J"]);
    expect(await files[0]!.read()).toEqual(content);
  });

  it.each([
    ["more than an image may hold", 0xf000_0000],
    ["more than deflate can gain", 0x0100_0000],
  ])("are refused where they claim to be %s, before memory is taken", (_, size) => {
    const zip = zipSync({ a: content, b: content });
    const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
    for (let at = 0; at < zip.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, size, true);
    expect(() => filesOfZip(zip, "x.zip")).toThrow(/x\.zip: found a zip that says it unpacks to more/);
  });

  it("are refused where the zip is cut off at any length", () => {
    const zip = zipSync({ a: content, b: content });
    for (let length = 0; length < zip.length; length++) {
      expect(() => filesOfZip(zip.slice(0, length), "x.zip"), `${length} bytes`).toThrow(UserError);
    }
  });
});
