/** Models that are still models: parts of a real one changed, so that what checks them is reached. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";
import { Random } from "../../../src/base/index.js";
import { describeNetwork, exportNetwork, initialise } from "../../../src/network/index.js";
import { pick } from "../mutations.js";

/** One of ours, with features to tap, as small as there are. */
export function smallModel(): Uint8Array {
  const network = describeNetwork({
    architecture: "unet",
    channels: 2,
    levels: 2,
    inputChannels: 1,
    outputChannels: 1,
    maximumChannels: 2,
    dropout: 0,
  });
  return exportNetwork(network, initialise(network, new Random(1)));
}

const NUMBERS = [0n, -1n, 1n, 2n, 255n, 2n ** 16n, 2n ** 31n - 1n, 2n ** 40n, 2n ** 63n - 1n, -(2n ** 63n)];

const OPERATORS = [
  ...[
    "Relu",
    "Concat",
    "ConstantOfShape",
    "Shape",
    "Resize",
    "Reshape",
    "Tile",
    "Expand",
    "Range",
    "Pad",
    "Conv",
  ],
  ...["ArgMax", "Softmax", "Loop", "If", "OneHot", "Gather", "Constant", "NoSuch", ""],
];

type Change = (model: ModelProto, random: Random) => void;

const anyOf = <Item>(items: readonly Item[], random: Random): Item | undefined =>
  items.length === 0 ? undefined : pick(items, random);

const changes: readonly Change[] = [
  (model, random) => {
    const attribute = anyOf(anyOf(model.graph!.node, random)?.attribute ?? [], random);
    if (attribute === undefined) return;
    if (attribute.ints.length > 0)
      attribute.ints[random.below(attribute.ints.length)] = pick(NUMBERS, random);
    else attribute.i = pick(NUMBERS, random);
  },
  (model, random) => {
    const tensor = anyOf(model.graph!.initializer, random);
    if (tensor !== undefined) tensor.dims[random.below(tensor.dims.length + 1)] = pick(NUMBERS, random);
  },
  (model, random) => {
    const type = anyOf([...model.graph!.input, ...model.graph!.output], random)?.type?.value;
    const size = type?.case === "tensorType" ? anyOf(type.value.shape?.dim ?? [], random) : undefined;
    if (size !== undefined) size.value = { case: "dimValue", value: pick(NUMBERS, random) };
  },
  (model, random) => {
    const node = anyOf(model.graph!.node, random);
    const other = anyOf(model.graph!.node, random);
    if (node !== undefined && other !== undefined) node.input[0] = other.output[0] ?? "";
  },
  (model, random) => {
    const tensor = anyOf(model.graph!.initializer, random);
    if (tensor !== undefined) tensor.dataType = random.below(30) - 1;
  },
  (model, random) => void model.graph!.node.splice(random.below(model.graph!.node.length), 1),
  (model, random) => {
    const node = anyOf(model.graph!.node, random);
    if (node !== undefined) node.opType = pick(OPERATORS, random);
  },
  (model, random) => {
    const node = anyOf(model.graph!.node, random);
    if (node !== undefined) node.input = pick([[], [""], [...node.input, ...node.input]], random);
  },
  (model, random) => {
    const tensor = anyOf(model.graph!.initializer, random);
    if (tensor !== undefined)
      tensor.name = pick(["", "image", "logits", "\u001b[2J", "x".repeat(2000)], random);
  },
  (model, random) => {
    if (model.opsetImport[0] !== undefined) model.opsetImport[0].version = pick(NUMBERS, random);
  },
];

/** The model with one to three parts changed. */
export function changedModel(bytes: Uint8Array, random: Random): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (let left = 1 + random.below(3); left > 0; left--) pick(changes, random)(model, random);
  return toBinary(ModelProtoSchema, model);
}
