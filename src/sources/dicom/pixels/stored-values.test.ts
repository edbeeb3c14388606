/** Files of pydicom's own tests, in many transfer syntaxes, against what pydicom reads from them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { framesOf, type Instance } from "../instance.js";
import { parseDicomFile } from "../parse-file.js";
import { tags } from "../tags.js";
import { storedValues } from "./stored-values.js";

const folder = "test/oracle/fixtures/dicom";
const { pydicom }: { pydicom: Record<string, { shape: number[]; sum: number; probes: [number, number][] }> } =
  JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"));

it.each(Object.keys(pydicom))("%s", async (name) => {
  const { shape, sum, probes } = pydicom[name]!;
  const file = { name, read: async () => new Uint8Array() };
  const parsed = parseDicomFile(readFileSync(`${folder}/pydicom/${name}.dcm`), name);
  const frames = framesOf(parsed, file);
  const stored = typeof frames === "string" ? pixelsWithoutPlace(parsed) : frames[0]!.instance.stored;
  const values = await storedValues(parsed.dataSet, stored, 0);
  expect([stored.columns, stored.rows]).toEqual(shape);
  expect(values).toHaveLength(shape[0]! * shape[1]!);
  expect(Array.from(values).reduce((total, value) => total + value, 0)).toBe(sum);
  for (const [at, value] of probes) expect(values[at]).toBe(value);
});

/** Some of the files are of no scan and have no place in a patient. */
function pixelsWithoutPlace({
  dataSet,
  transferSyntaxUid,
}: ReturnType<typeof parseDicomFile>): Instance["stored"] {
  const [rows, columns, bitsAllocated, bitsStored, highBit] = [
    tags.rows,
    tags.columns,
    tags.bitsAllocated,
    tags.bitsStored,
    tags.highBit,
  ].map((tag) => dataSet.uint16(tag)!);
  const signed = dataSet.uint16(tags.pixelRepresentation) === 1;
  return {
    transferSyntaxUid,
    rows: rows!,
    columns: columns!,
    bitsAllocated: bitsAllocated!,
    bitsStored: bitsStored!,
    highBit: highBit!,
    signed,
    frames: 1,
  };
}
