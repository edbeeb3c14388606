/** An ONNX file on disk, with the weights beside it. */
import { dirname, join } from "node:path";
import { readFileBytes } from "../../dataset/index.js";
import { type ReadModel, readModel } from "../../graph/model/index.js";

/** @throws UserError naming the file where it is missing or no model that can be used */
export async function readModelFile(path: string): Promise<ReadModel> {
  const bytes = await readFileBytes(path, { expected: "an ONNX model", most: 2 ** 31 - 1 });
  return readModel(bytes, path, (file) => {
    const name = join(dirname(path), file);
    return { name, read: () => readFileBytes(name, { expected: "the weights of the model beside it" }) };
  });
}
