import { readFileSync } from "node:fs";
import dicomParser from "dicom-parser";
import { expect, it } from "vitest";
import { filesOfZip } from "../../zip.js";
import { parseDicomFile } from "../parse-file.js";
import { tags } from "../tags.js";
import { encodingOf, nameOfUnread } from "./transfer-syntaxes.js";

/** The first frame of a fixture, and what decodes it. */
async function frameOf(name: string) {
  const [file] = filesOfZip(readFileSync(`test/oracle/fixtures/dicom/${name}.zip`), name);
  const { dataSet, transferSyntaxUid } = parseDicomFile(await file!.read(), name);
  const element = dataSet.elements[tags.pixelData]!;
  const encoded = Uint8Array.from(
    dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, element.fragments!.length),
  );
  const encoding = encodingOf(transferSyntaxUid)!;
  if (!encoding.compressed) throw new Error("a fixture of another kind");
  return { encoded, encoding };
}

it.each(["rle", "jpeg-lossless", "jpeg-ls", "jpeg-2000"])(
  "a code stream that is cut off is refused, never filled up: %s",
  async (name) => {
    const { encoded, encoding } = await frameOf(name);
    const size = { rows: 37, columns: 33, sampleBytes: 2 };
    const whole = await encoding.decode(encoded, size);
    for (let length = 0; length < encoded.length; length += 11) {
      // A last byte may be padding: then the image is the same.
      const decoded = await encoding.decode(encoded.slice(0, length), size).catch(() => undefined);
      if (decoded !== undefined) expect(decoded, `${length} bytes`).toEqual(whole);
    }
    await expect(encoding.decode(encoded.slice(0, encoded.length >> 1), size)).rejects.toBeDefined();
    // Damage leaves nothing behind.
    expect(await encoding.decode(encoded, size)).toEqual(whole);
    // Memory is taken by the size that the stream states, RLE aside: it must be the image's.
    if (name === "rle") return;
    await expect(encoding.decode(encoded, { ...size, rows: 36 })).rejects.toBeDefined();
  },
);

it.each([
  ["jpeg-lossless", 0xc3],
  ["jpeg-ls", 0xf7],
])(
  "a few bytes that promise a huge frame are refused at once: %s",
  async (name, startOfFrame) => {
    const { encoded, encoding } = await frameOf(name);
    const side = 16384;
    const start = encoded.findIndex((byte, at) => byte === 0xff && encoded[at + 1] === startOfFrame);
    for (const filling of [undefined, 0, 0x55, 0x7f]) {
      const hostile = encoded.slice();
      new DataView(hostile.buffer).setUint16(start + 5, side);
      new DataView(hostile.buffer).setUint16(start + 7, side);
      if (filling !== undefined) hostile.fill(filling, 100, -8);
      const begun = performance.now();
      await expect(
        encoding.decode(hostile, { rows: side, columns: side, sampleBytes: 2 }),
      ).rejects.toBeDefined();
      // Thirteen seconds before there was a bound; the rest is for slow machines.
      expect(performance.now() - begun).toBeLessThan(5000);
    }
  },
  30_000,
);

it("what is not read has a name", () => {
  expect(encodingOf("1.2.840.10008.1.2.4.50")).toBeUndefined();
  expect(encodingOf("toString")).toBeUndefined();
  expect(nameOfUnread("1.2.840.10008.1.2.4.50")).toBe("lossy JPEG");
  expect(nameOfUnread("1.2.840.10008.1.2.4.201")).toBe("high-throughput JPEG 2000");
  expect(nameOfUnread("1.2.3")).toBe("a compression that is not known");
});
