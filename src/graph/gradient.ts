/**
 * Reverse-mode differentiation: one walk from the loss back over the graph, asking each operator for its rule.
 *
 * The gradient is itself part of the graph, so it is optimised, run and exported like everything else.
 */
import type { Value } from "./operator.js";
import { add } from "./operators/arithmetic.js";

/**
 * Gradients of a loss with respect to some values.
 *
 * @param loss a value with one element
 * @param sources inputs or intermediate values
 * @returns one value for each source, of the source's dimensions
 * @throws Error where a source does not influence the loss or an operator on the way has no gradient
 */
export function gradients(loss: Value, sources: readonly Value[]): Value[] {
  const { graph } = loss;
  const nodes = [...graph.nodes];
  const dependent = new Set<Value>(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => dependent.has(input)))
      for (const output of node.outputs) dependent.add(output);
  }

  const found = new Map<Value, Value>();
  found.set(
    loss,
    graph.constant(
      Float32Array.of(1),
      loss.dims.map(() => 1),
    ),
  );
  for (const node of nodes.reverse()) {
    const output = node.outputs[0] as Value;
    const gradient = found.get(output);
    const wanted = node.inputs.map((input) => dependent.has(input));
    if (gradient === undefined || !wanted.includes(true)) continue;
    const { operator, inputs, outputs, attributes } = node;
    if (operator.gradient === undefined) throw new Error(`operator ${operator.name} has no gradient`);
    operator.gradient({ inputs, outputs, attributes, gradient, wanted }).forEach((contribution, position) => {
      const input = inputs[position] as Value;
      if (contribution === undefined || wanted[position] !== true) return;
      const known = found.get(input);
      found.set(input, known === undefined ? contribution : add(known, contribution));
    });
  }
  return sources.map((source) => {
    const gradient = found.get(source);
    if (gradient === undefined) throw new Error("a source has no influence on the loss");
    return gradient;
  });
}
