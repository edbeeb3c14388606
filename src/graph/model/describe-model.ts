/** What goes into a model and what comes out, as its file says it. */
import { TensorProto_DataType as Type, type ValueInfoProto } from "onnx-buf";
import { fedInputs } from "../input-sizes.js";
import type { ReadModel } from "./read-model.js";
import { refused, shown } from "./refusal.js";

/** One input or output. */
export interface Port {
  readonly name: string;
  /** ONNX's number for the type of its elements. */
  readonly type: number;
  /** Sizes, undefined where they are open; undefined as a whole where the file does not say how many axes there are. */
  readonly dims: readonly (number | undefined)[] | undefined;
}

/** Types that images and probabilities are in. */
export const REAL: ReadonlySet<number> = new Set([Type.FLOAT, Type.FLOAT16, Type.DOUBLE]);

/** Most numbers of a window that the file fixes. */
const MOST_NUMBERS = 2 ** 27;

const portOf = ({ name, type }: ValueInfoProto): Port => {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  const dims = tensor?.shape?.dim.map(({ value }) =>
    value.case === "dimValue" && value.value > 0n ? Number(value.value) : undefined,
  );
  return { name, type: tensor?.elemType ?? 0, dims };
};

/** Inputs that must be given. */
export const inputsOf = ({ proto }: ReadModel): Port[] => fedInputs(proto).map(portOf);

export const outputsOf = ({ graph }: ReadModel): Port[] => graph.output.map(portOf);

/** "image [1, 1, ?, ?, ?]" */
export const portText = ({ name, dims }: Pick<Port, "name" | "dims">): string =>
  `${shown(name)} [${dims?.map((size) => size ?? "?").join(", ") ?? "?"}]`;

/** The input of images: of batch, channels and two or three axes. */
export interface ImagePort extends Port {
  readonly dims: readonly (number | undefined)[];
}

/**
 * The input that images go into: the only one, or the one of that name.
 *
 * @throws UserError where there are several, or it takes no images
 */
export function imageInput(model: ReadModel, wanted?: string): ImagePort {
  const inputs = inputsOf(model);
  const port = wanted === undefined ? inputs[0] : inputs.find(({ name }) => name === wanted);
  const all = inputs.map(portText).join(", ") || "none";
  if (port === undefined) {
    throw refused(
      model.name,
      `inputs ${all}`,
      `one called ${shown(wanted ?? "")}`,
      "Give the name of one of them by --input.",
    );
  }
  if (inputs.length > 1) {
    throw refused(
      model.name,
      `${inputs.length} inputs: ${all}`,
      "one, for images",
      "Export the network with the other inputs fixed: they cannot be made from an image.",
    );
  }
  const { dims, type } = port;
  if (dims === undefined || (dims.length !== 4 && dims.length !== 5) || !REAL.has(type)) {
    throw refused(
      model.name,
      `the input ${portText(port)}`,
      "numbers of [batch, channels, two or three axes]",
      "Export a segmentation network of 2-D or 3-D images.",
    );
  }
  const numbers = dims.reduce<number>((product, size) => product * (size ?? 1), 1);
  if (numbers > MOST_NUMBERS) {
    throw refused(
      model.name,
      `the input ${portText(port)}`,
      `at most ${MOST_NUMBERS} numbers`,
      "Export the network for smaller windows.",
    );
  }
  if (dims[0] !== undefined && dims[0] !== 1) {
    throw refused(
      model.name,
      `the input ${portText(port)}`,
      "a batch of 1, or an open one",
      "Export the network again for one image at a time.",
    );
  }
  return { ...port, dims };
}
