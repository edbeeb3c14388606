/** Weights that lie in files beside the model, taken into it. */
import { type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import { type FilesBeside, plainFileName } from "../../sources/index.js";
import { refused } from "./refusal.js";
import { bytesOfTensor } from "./tensors.js";

export interface ExternalDataOptions {
  readonly name: string;
  readonly beside: FilesBeside | undefined;
  /** Most bytes in all. */
  readonly most: number;
}

/**
 * Changes the tensors: afterwards each holds its own bytes.
 *
 * @throws UserError where a file lies elsewhere, is missing or too short, or there is too much
 */
export async function withExternalData(
  tensors: readonly TensorProto[],
  { name, beside, most }: ExternalDataOptions,
): Promise<void> {
  const outside = tensors.filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const tensor of outside) {
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const file = plainFileName(fields.get("location") ?? "", name);
    if (beside === undefined) {
      throw refused(
        name,
        "weights in a file of their own",
        "a model in one file",
        "Save it with save_as_external_data=False.",
      );
    }
    if (!files.has(file)) files.set(file, await beside(file).read());
    const whole = files.get(file)!;
    const start = Number(fields.get("offset") ?? 0);
    const wanted = bytesOfTensor({ ...tensor, rawData: new Uint8Array(0) })?.wanted ?? 0;
    const length = Number(fields.get("length") ?? wanted);
    total += length;
    if (!Number.isSafeInteger(start) || start < 0 || length !== wanted || start + length > whole.length) {
      throw refused(
        name,
        `weights that do not fit into the file ${file}`,
        `${wanted} bytes for each constant`,
        "The file is cut off or of another model: copy both files again.",
      );
    }
    if (total > most) throw refused(name, "more than 2 GiB of weights", "less", "Choose a smaller network.");
    tensor.rawData = whole.slice(start, start + length);
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    tensor.externalData = [];
  }
}
