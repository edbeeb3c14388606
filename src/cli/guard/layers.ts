/** `sureseg guard layers MODEL.onnx`: what a guard could tap in a network of other software. */

import { observeLayers } from "../../adoption/index.js";
import type { WorkHooks } from "../../base/index.js";
import type { Engine } from "../../graph/index.js";
import { type Layer, outputNames, portText } from "../../graph/model/index.js";
import { exitStatus } from "../exit-status.js";
import { readModelFile } from "./model-file.js";

export interface GuardLayersOptions {
  readonly model: string;
  /** Name of the image's input, where there are several. */
  readonly input?: string;
  readonly json: boolean;
}

export async function guardLayers(
  { model: path, input: wanted, json }: GuardLayersOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  hooks.stage("running the network on noise", 1, "window");
  const model = await readModelFile(path);
  const { input, observed, layers } = await observeLayers(engine, model, { input: wanted });
  hooks.progress(1);
  const outputs = outputNames(model).map((name) => ({ name, dims: observed.dims.get(name)! }));
  if (json) {
    const found = {
      opset: model.opset,
      input: { name: input.name, dims: input.dims },
      window: observed.input,
      outputs,
      layers,
    };
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } else {
    process.stdout.write(
      `opset ${model.opset}, input ${portText(input)}, seen with [${observed.input.join(", ")}]\n`,
    );
    for (const output of outputs) process.stdout.write(`output ${portText(output)}\n`);
    process.stdout.write(table(layers));
  }
  return exitStatus.trusted;
}

/** One line a layer; a star where it is tapped unless others are named. */
function table(layers: readonly Layer[]): string {
  const rows = [
    ["", "layer", "operator", "channels", "stride"],
    ...layers.map(({ usual, name, operator, channels, strides }) => [
      usual ? "*" : "",
      name,
      operator,
      String(channels),
      strides.join(" x "),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
