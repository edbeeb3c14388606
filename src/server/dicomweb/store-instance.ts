/** STOW-RS: puts an instance into the study that it belongs to (PS3.18 section 10.5). */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { parseJson, UserError } from "../../base/index.js";
import { type Archive, ask, shortText } from "./archive.js";
import { isUid } from "./uid.js";

/** Reasons of failure (PS3.18 table I.2-2), in the words of the standard as far as they help. */
const reasons: Readonly<Record<number, string>> = {
  272: "a general failure in processing",
  279: "an invalid SOP instance",
  290: "a SOP class that it does not support",
  292: "no right to store",
  305: "a transfer syntax that it does not support",
  42752: "it is out of resources",
  43264: "a data set that does not match its SOP class",
  43265: "a data set that does not match its SOP class",
  49152: "a data set that it cannot understand",
  49442: "a transfer syntax that it does not support",
};

const TAG = { failed: "00081198", reason: "00081197", otherFailures: "0008119A" } as const;

const reasonItem = z.object({
  [TAG.reason]: z.object({ Value: z.array(z.coerce.number()).max(16).optional() }).optional(),
});
const sequence = z.object({ Value: z.array(reasonItem).max(1024).optional() }).optional();

/** The part of the answer (PS3.18 table 10.5.3-1) that says what went wrong; archives add what they like. */
const answerSchema = z.object({ [TAG.failed]: sequence, [TAG.otherFailures]: sequence });

/**
 * Stores a DICOM file. The same instance stored again is the same instance: archives keep one.
 *
 * @param study its Study Instance UID: an archive refuses an instance that says it is of another one
 * @throws UserError with the archive's reason where it does not take it
 */
export async function storeInstance(
  archive: Archive,
  study: string,
  file: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  if (!isUid(study)) throw new Error("the study of an instance has no UID");
  const boundary = randomUUID();
  const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
  const request = {
    method: "POST",
    path: `/studies/${study}`,
    headers: {
      accept: "application/dicom+json",
      "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
    },
    // A body of known length: some archives take no other.
    body: new Blob([head, file as Uint8Array<ArrayBuffer>, `\r\n--${boundary}--\r\n`]),
    signal,
  } as const;
  await ask(archive, request, async (answer) => {
    const failure = failureIn(await shortText(answer));
    const stored = answer.status === 200 || answer.status === 202;
    if (stored && failure === undefined) return;
    throw new UserError({
      subject: "DICOMweb archive",
      found: `that it does not store the segmentation: ${failure ?? "it gives no reason"} (status ${answer.status})`,
      expected: "an archive that stores DICOM segmentations",
      advice: "Allow the SOP class Segmentation Storage there, and look at the archive's own log.",
    });
  });
}

/** Why the first instance failed; undefined where none is said to have failed, or the answer is in no form that is known. */
function failureIn(text: string): string | undefined {
  const failed = answersIn(text).flatMap((one) => [
    ...(one[TAG.failed]?.Value ?? []),
    ...(one[TAG.otherFailures]?.Value ?? []),
  ]);
  if (failed.length === 0) return undefined;
  const code = failed[0]![TAG.reason]?.Value?.[0];
  if (code === undefined) return "a failure without a reason";
  return `${reasonOf(code)}, failure reason 0x${code.toString(16).padStart(4, "0")}`;
}

function answersIn(text: string): z.infer<typeof answerSchema>[] {
  try {
    // Some archives answer with a list of one.
    return [
      parseJson(text, z.union([answerSchema, z.array(answerSchema).max(64)]), "answer to STOW-RS"),
    ].flat();
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** The last digits of some codes are the archive's own. */
const reasonOf = (code: number): string =>
  reasons[code] ?? reasons[code & 0xff00] ?? reasons[code & 0xf000] ?? "an unknown reason";
