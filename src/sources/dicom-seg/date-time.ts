/** When an object was made, on the clock that the other times in its file go by. */
import type { DicomElement } from "../dicom/series-source.js";

/** Timezone Offset From UTC (0008,0201): it holds for all dates and times of a file. */
const TIMEZONE_OFFSET = 0x00080201;

export interface DateAndTime {
  /** DA: YYYYMMDD. */
  readonly date: string;
  /** TM: HHMMSS. */
  readonly time: string;
}

/** @param copied elements of the file; where they state no offset, the clock is the machine's own */
export function dateAndTime(now: Date, copied: readonly DicomElement[]): DateAndTime {
  const minutes = offsetMinutes(copied) ?? -now.getTimezoneOffset();
  const digits = new Date(now.getTime() + minutes * 60_000).toISOString().replace(/\D/g, "");
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}

function offsetMinutes(copied: readonly DicomElement[]): number | undefined {
  const element = copied.find(({ tag }) => tag === TIMEZONE_OFFSET);
  const text = element && new TextDecoder("latin1").decode(element.bytes).trim();
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(text ?? "") ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
