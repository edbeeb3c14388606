/** How many objects a file would become, counted in its bytes: two bytes of a hostile file can make an object of hundreds. */
import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** Messages may nest this deep: models without control flow need six levels. */
const MOST_LEVELS = 32;

/** Lists of these become one object a number, of one byte or more in the file. */
const BIG = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64]);

/**
 * @returns fields of the message and all in it, counted up to `most`; Infinity where they nest too deep
 * @throws Error where the bytes are no such message
 */
export function countFields(bytes: Uint8Array, message: DescMessage, most: number): number {
  const fieldsOf = new Map<DescMessage, Map<number, DescMessage["fields"][number]>>();
  const count = (part: Uint8Array, { type, level }: { type: DescMessage; level: number }): number => {
    if (level > MOST_LEVELS) return Number.POSITIVE_INFINITY;
    let fields = fieldsOf.get(type);
    if (fields === undefined) {
      fields = new Map(type.fields.map((field) => [field.number, field]));
      fieldsOf.set(type, fields);
    }
    const reader = new BinaryReader(part);
    let total = 0;
    while (reader.pos < reader.len && total <= most) {
      const [number, wire] = reader.tag();
      total++;
      const field = fields.get(number);
      if (wire !== WireType.LengthDelimited || field === undefined) {
        reader.skip(wire, number);
        continue;
      }
      const content = reader.bytes();
      if (field.message !== undefined) total += count(content, { type: field.message, level: level + 1 });
      else if (field.fieldKind === "list" && field.scalar !== undefined && BIG.has(field.scalar)) {
        total += content.length;
      }
    }
    return total;
  };
  return count(bytes, { type: message, level: 0 });
}
