/** Other inputs and outputs for a network that itself stays as it is. */
import { toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type NodeProto, type ValueInfoProto } from "onnx-buf";
import type { OnnxEmitter } from "../onnx-emitter.js";
import type { ReadModel } from "./read-model.js";

export interface Rewiring {
  /** The input that `before` makes from the new one. */
  readonly replaces: string;
  readonly input: ValueInfoProto;
  readonly before: OnnxEmitter;
  readonly after: OnnxEmitter;
  readonly outputs: readonly ValueInfoProto[];
}

/**
 * Bytes of the model with these ends. Its own nodes, weights and everything that is not understood are untouched; nodes that
 * the new outputs do not need are left out, so that they cost nothing and their names are free.
 */
export function rewired(
  { proto, graph }: ReadModel,
  { replaces, input, before, after, outputs }: Rewiring,
): Uint8Array {
  const node = neededNodes(
    [...before.nodes, ...graph.node, ...after.nodes],
    outputs.map(({ name }) => name),
  );
  return toBinary(ModelProtoSchema, {
    ...proto,
    graph: {
      ...graph,
      input: [input, ...graph.input.filter(({ name }) => name !== replaces)],
      node,
      initializer: [...before.initializers, ...graph.initializer, ...after.initializers],
      output: [...outputs],
    },
  });
}

/** @param nodes each after those whose results it uses */
function neededNodes(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const needed = new Set(outputs);
  const kept = [...nodes].reverse().filter(({ input, output }) => {
    const used = output.some((name) => needed.has(name));
    if (!used) return false;
    // What one of the model's own nodes called so before is another tensor.
    for (const name of output) needed.delete(name);
    for (const name of input) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** A start for names that none of the model's own has. */
export function freePrefix({ graph }: Pick<ReadModel, "graph">, wanted: string): string {
  const names = [
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ];
  let prefix = `${wanted}/`;
  for (let number = 2; names.some((name) => name.startsWith(prefix)); number++)
    prefix = `${wanted}${number}/`;
  return prefix;
}

/** A node that gives `from` in another type under the name `into`, which is returned. */
export const castTo = (
  emit: OnnxEmitter,
  { from, to, into }: { readonly from: string; readonly to: number; readonly into?: string },
): string => emit.node("Cast", [from], { to }, into);
