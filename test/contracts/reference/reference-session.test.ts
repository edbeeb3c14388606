import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { buildModel, expectLikeRuntime, floats, random, scalar, type TestModel } from "./model-builder.js";
import { openReference } from "./reference-session.js";

const model: TestModel = {
  inputs: { x: { type: "float32", dims: ["n", 2] } },
  initializers: { w: floats(2, 3) },
  nodes: [
    { operator: "Mul", inputs: ["x", "w"], outputs: ["scaled"] },
    { operator: "Exp", inputs: ["scaled"], outputs: ["y"] },
    { operator: "Neg", inputs: ["scaled"], outputs: ["z"] },
  ],
  outputs: ["y", "z"],
};

describe("a session", () => {
  const session = openReference(buildModel(model));

  test("names its inputs and outputs", () => {
    expect(session.inputNames).toEqual(["x"]);
    expect(session.outputNames).toEqual(["y", "z"]);
  });

  test("computes float32 models in double precision", () => {
    const { y, z } = session.run({ x: { dims: [1, 2], data: [0.1, 0.2] } });
    expect(Array.from(y!.data)).toEqual([Math.exp(0.1 * 2), Math.exp(0.2 * 3)]);
    expect(y!.dims).toEqual([1, 2]);
    expect(Array.from(z!.data)).toEqual([-0.1 * 2, -0.2 * 3]);
  });

  test("gives any value that is asked for, also inner ones and inputs", () => {
    const results = session.run({ x: { dims: [1, 2], data: Float64Array.of(1, 1) } }, ["scaled", "x"]);
    expect(Array.from(results.scaled!.data)).toEqual([2, 3]);
    expect(Array.from(results.x!.data)).toEqual([1, 1]);
  });

  test("returns memory of its own", () => {
    const data = Float64Array.of(1, 1);
    const results = session.run({ x: { dims: [1, 2], data } }, ["x"]);
    results.x!.data[0] = 7;
    expect(data[0]).toBe(1);
  });

  test("agrees with ONNX Runtime", () => expectLikeRuntime(model, { x: random(3, 2) }));

  test("refuses feeds that do not fit", () => {
    expect(() => session.run({})).toThrow(`"x" is neither fed nor made`);
    expect(() => session.run({ x: { dims: [1, 3], data: [1, 2, 3] } })).toThrow(
      "dimensions [?,2], found [1,3]",
    );
    expect(() => session.run({ x: { dims: [1, 2], data: [1] } })).toThrow("need 2 elements, found 1");
    expect(() => session.run({ q: { dims: [], data: [1] } })).toThrow(`"q" is not an input`);
    expect(() => session.run({ x: { dims: [1, 2], data: [1, 2] } }, ["nothing"])).toThrow(`"nothing"`);
  });
});

test("what the outputs asked for do not need is not computed", () => {
  const session = openReference(
    buildModel({
      inputs: { x: { type: "float32", dims: [1] }, bad: { type: "float32", dims: ["k"] } },
      nodes: [
        { operator: "Neg", inputs: ["x"], outputs: ["y"] },
        { operator: "MatMul", inputs: ["bad", "x"], outputs: ["z"] },
      ],
      outputs: ["y", "z"],
    }),
  );
  const results = session.run({ x: { dims: [1], data: [2] } }, ["y"]);
  expect(Array.from(results.y!.data)).toEqual([-2]);
});

describe("what is not known is refused by name", () => {
  const one = { x: { type: "float32" as const, dims: [1] } };
  const open = (changes: Partial<TestModel>) =>
    openReference(
      buildModel({
        inputs: one,
        nodes: [{ operator: "Neg", inputs: ["x"], outputs: ["y"] }],
        outputs: ["y"],
        ...changes,
      }),
    );

  test("operators and domains", () => {
    expect(() => open({ nodes: [{ operator: "Celu", inputs: ["x"], outputs: ["y"] }] })).toThrow(
      "unknown operator Celu",
    );
    const foreign = { operator: "Neg", inputs: ["x"], outputs: ["y"], domain: "com.microsoft" };
    expect(() => open({ nodes: [foreign] })).toThrow("unknown operator com.microsoft.Neg");
    expect(() => open({ nodes: [{ operator: "toString", inputs: ["x"], outputs: ["y"] }] })).toThrow(
      "unknown operator toString",
    );
  });

  test("attributes, by name or by type", () => {
    const run = (attributes: TestModel["nodes"][number]["attributes"]) =>
      open({
        nodes: [{ operator: "LeakyRelu", inputs: ["x"], outputs: ["y"], attributes: attributes! }],
      }).run({
        x: { dims: [1], data: [1] },
      });
    expect(() => run({ beta: { float: 1 } })).toThrow(
      `LeakyRelu (node "" making "y"): unknown attribute "beta"`,
    );
    expect(() => run({ alpha: { int: 1 } })).toThrow(`attribute "alpha" must be of type FLOAT, found INT`);
  });

  test("too many inputs, opsets, values from nowhere and twice-made values", () => {
    const twice = open({ nodes: [{ operator: "Neg", inputs: ["x", "x"], outputs: ["y"] }] });
    expect(() => twice.run({ x: { dims: [1], data: [1] } })).toThrow("takes 1 to 1 inputs, found 2");
    expect(() => open({ opset: 13 })).toThrow("opset 13");
    expect(() => open({ opset: 22 })).toThrow("opset 22");
    expect(() => open({ nodes: [{ operator: "Neg", inputs: ["q"], outputs: ["y"] }] })).toThrow(`"q"`);
    expect(() => open({ nodes: [{ operator: "Neg", inputs: ["x"], outputs: ["x"] }] })).toThrow(
      "exists already",
    );
    expect(() => open({ outputs: ["q"] })).toThrow(`nothing makes output "q"`);
  });
});

test("initializers may be kept in the typed fields instead of raw bytes", () => {
  const proto = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ version: 21n }],
    graph: {
      initializer: [
        { name: "f", dataType: 1, dims: [2n], floatData: [1.5, 2.5] },
        { name: "d", dataType: 11, dims: [1n], doubleData: [0.1] },
        { name: "i", dataType: 7, dims: [1n], int64Data: [5n] },
        { name: "b", dataType: 9, dims: [1n], int32Data: [1] },
      ],
      output: [{ name: "f" }, { name: "d" }, { name: "i" }, { name: "b" }],
    },
  });
  const results = openReference(toBinary(ModelProtoSchema, proto)).run({});
  expect(Object.values(results).flatMap(({ data }) => Array.from(data))).toEqual([1.5, 2.5, 0.1, 5, 1]);
});

test("whole numbers and truth are fed as the model declares them", () => {
  const session = openReference(
    buildModel({
      inputs: { i: { type: "int64", dims: [2] }, c: { type: "bool", dims: [2] } },
      initializers: { zero: scalar(0, "int64") },
      nodes: [{ operator: "Where", inputs: ["c", "i", "zero"], outputs: ["y"] }],
      outputs: ["y"],
    }),
  );
  const c = { dims: [2], data: [1, 0] };
  const { y } = session.run({ i: { dims: [2], data: BigInt64Array.of(7n, 8n) }, c });
  expect(Array.from(y!.data)).toEqual([7, 0]);
  expect(() => session.run({ i: { dims: [2], data: [0.5, 1] }, c })).toThrow("whole numbers");
  expect(() => session.run({ i: c, c: { dims: [2], data: [2, 0] } })).toThrow("0 and 1 only");
});
