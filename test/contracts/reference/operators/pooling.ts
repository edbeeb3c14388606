/** Pooling over windows and over all of space. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import { eachPosition, type ReferenceTensor, requireKind, sizeOf, tensor } from "../tensor.js";
import { meet, readWindowAttributes, windowCounts, windowsOf } from "./windows.js";

/** Folds each window; `values` are the elements inside of the input, `size` counts the padded ones too. */
function pool(call: NodeCall, fold: (values: readonly number[], size: number) => number): ReferenceTensor {
  if (call.attributes.flag("ceil_mode", false)) throw new Error(`attribute "ceil_mode" = 1 is not supported`);
  const attributes = readWindowAttributes(call.attributes);
  const source = requireKind(input(call, 0), "float", "input 0");
  const [samples, channels, ...spatial] = source.dims as [number, number, ...number[]];
  const { kernel } = attributes;
  if (!kernel || kernel.length !== spatial.length || kernel.length === 0) {
    throw new Error(`attribute "kernel_shape" = [${kernel}] does not fit [${source.dims}]`);
  }
  const windows = windowsOf(attributes, kernel);
  const counts = windowCounts(windows, spatial);
  const results: number[] = [];
  for (let plane = 0; plane < samples * channels; plane++) {
    eachPosition(counts, (position) => {
      const values: number[] = [];
      eachPosition(kernel, (offset) => {
        const place = meet(windows, spatial, position, offset);
        if (place >= 0) values.push(source.data[plane * sizeOf(spatial) + place]!);
      });
      results.push(fold(values, sizeOf(kernel)));
    });
  }
  return tensor("float", [samples, channels, ...counts], results);
}

const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);

function averagePool(call: NodeCall): ReferenceTensor {
  const countPadding = call.attributes.flag("count_include_pad", false);
  return pool(call, (values, size) => sum(values) / (countPadding ? size : values.length));
}

function maxPool(call: NodeCall): ReferenceTensor {
  // The order only concerns the second output, the indices, which is not offered.
  call.attributes.integer("storage_order");
  return pool(call, (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
}

function globalPool(call: NodeCall, fold: (values: readonly number[]) => number): ReferenceTensor {
  const source = requireKind(input(call, 0), "float", "input 0");
  const [samples, channels, ...spatial] = source.dims as [number, number, ...number[]];
  const size = sizeOf(spatial);
  const results = Array.from({ length: samples * channels }, (_, plane) =>
    fold(Array.from(source.data.subarray(plane * size, (plane + 1) * size))),
  );
  return tensor("float", [samples, channels, ...spatial.map(() => 1)], results);
}

export const pooling: OperatorTable = {
  AveragePool: single(1, 1, averagePool),
  MaxPool: single(1, 1, maxPool),
  GlobalAveragePool: single(1, 1, (call) => globalPool(call, (values) => sum(values) / values.length)),
  GlobalMaxPool: single(1, 1, (call) => globalPool(call, (values) => Math.max(...values))),
};
