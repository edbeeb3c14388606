/**
 * How large a network's tensors grow, estimated before it runs: a few operators in a row can each double what came before.
 *
 * An estimate, not shape inference: what it does not know it takes to be as large as the largest operand.
 */
import type { GraphProto, NodeProto } from "onnx-buf";
import { numbersOf } from "./check-sizes.js";
import { refused, shown } from "./refusal.js";

/** Of one tensor. */
interface Growth {
  readonly channels: number;
  /** Voxels for one of the image. */
  readonly voxels: number;
}

/** Numbers for one voxel of the image: networks for images have some hundreds. */
const MOST = 2 ** 16;

/** @throws UserError naming the operator where a tensor would be absurdly larger than the image */
export function checkGrowth({ initializer, node }: GraphProto, name: string): void {
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  const known = new Map<string, Growth>();
  const constant = (operand: string | undefined): number[] => {
    const tensor = constants.get(operand ?? "");
    return tensor === undefined ? [] : numbersOf(tensor);
  };
  for (const one of node) {
    const operands = one.input.map((input) => known.get(input)).filter((growth) => growth !== undefined);
    const largest: Growth = {
      channels: Math.max(1, ...operands.map(({ channels }) => channels)),
      voxels: Math.max(2 ** -40, ...operands.map(({ voxels }) => voxels)),
    };
    const from = operands.length === 0 ? { channels: 1, voxels: 1 } : largest;
    const growth = grown(one, from, {
      operands,
      constant,
      weights: constants.get(one.input[1] ?? "")?.dims.map(Number) ?? [],
    });
    if (growth.channels * growth.voxels > MOST) {
      throw refused(
        name,
        `the operator ${shown(one.opType)}, which would make ${Math.round(growth.channels * growth.voxels)} numbers of each voxel`,
        `at most ${MOST}`,
        "The file is damaged: export the network again.",
      );
    }
    for (const output of one.output) known.set(output, growth);
  }
}

interface Operands {
  readonly operands: readonly Growth[];
  /** Sizes of the second operand, where it is a constant. */
  readonly weights: readonly number[];
  constant(operand: string | undefined): number[];
}

function grown(node: NodeProto, from: Growth, { operands, weights, constant }: Operands): Growth {
  const { opType, attribute, input } = node;
  const ints = (of: string): number[] => attribute.find(({ name }) => name === of)?.ints.map(Number) ?? [];
  const whole = (of: string, otherwise: number): number => {
    const found = attribute.find(({ name }) => name === of);
    return found === undefined ? otherwise : Number(found.i);
  };
  const step = product(ints("strides"));
  switch (opType) {
    case "Conv":
      return { channels: weights[0] ?? from.channels, voxels: from.voxels / step };
    case "ConvTranspose":
      return {
        channels: (weights[1] ?? from.channels) * Math.max(1, whole("group", 1)),
        voxels: from.voxels * step,
      };
    case "MaxPool":
    case "AveragePool":
      return { ...from, voxels: from.voxels / step };
    case "Concat": {
      const axis = whole("axis", 1);
      const sum = (part: keyof Growth): number => operands.reduce((total, growth) => total + growth[part], 0);
      if (operands.length === 0) return from;
      return axis === 1 ? { ...from, channels: sum("channels") } : { ...from, voxels: sum("voxels") };
    }
    case "Tile":
    case "Upsample":
      return { ...from, voxels: from.voxels * product(constant(input[1])) };
    case "Resize": {
      // The scales were the second operand before opset 11; sizes, where they are given, do not depend on the operand.
      const scales = constant(input.length === 2 ? input[1] : input[2]);
      return { ...from, voxels: from.voxels * product(scales) };
    }
    default:
      return from;
  }
}

const product = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total * (number > 0 ? number : 1), 1);
