/** Files that are no models, or want to do harm: one sentence each, before memory is taken. */
import { readFileSync } from "node:fs";
import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { Random, UserError } from "../../src/base/index.js";
import {
  adoptModel,
  chooseOutput,
  imageInput,
  layerNames,
  layersOf,
  observeModel,
  outputNames,
  type ReadModel,
  readModel,
} from "../../src/graph/model/index.js";
import { describeNetwork, exportNetwork, initialise } from "../../src/network/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import type { FilesBeside } from "../../src/sources/index.js";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../oracle/fixtures/models/${name}.onnx`, import.meta.url)));

/** The model of opset 17, changed. */
function changed(change: (model: ModelProto) => void, name = "opset-17"): Uint8Array {
  const model = fromBinary(ModelProtoSchema, fixture(name));
  change(model);
  return toBinary(ModelProtoSchema, model);
}

const ofOpset = (version: bigint): Uint8Array =>
  changed(({ opsetImport }) => {
    opsetImport[0]!.version = version;
  });

const weights = (dims: readonly number[], rawData = new Uint8Array(0)) =>
  create(TensorProtoSchema, {
    name: "extra",
    dims: dims.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData,
  });

const sizes = (...numbers: number[]) =>
  create(TensorProtoSchema, {
    name: "sizes",
    dims: [BigInt(numbers.length)],
    dataType: TensorProto_DataType.INT64,
    rawData: new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer),
  });

const node = (opType: string, input: string[], more: object = {}) =>
  create(NodeProtoSchema, { opType, input, output: [`made by ${opType}`], ...more });

const text = (words: string) => new TextEncoder().encode(words);

/** An empty message, so often, in a field of the graph. */
const crowd = (field: number, count: number): Uint8Array => {
  const graph = new Uint8Array(2 * count).map((_, at) => (at % 2 === 0 ? (field << 3) | 2 : 0));
  const length = [0, 7, 14, 21].map((shift) => ((graph.length >> shift) & 127) | (shift < 21 ? 128 : 0));
  return Uint8Array.from([58, ...length].concat(Array.from(graph)));
};

/** Twenty operators, each on what the one before made. */
const chain = (opType: string, one: (before: string) => object): [string, Uint8Array] => [
  opType,
  changed(({ graph }) => {
    graph!.initializer.push(
      sizes(1, 1, 2, 2, 2),
      create(TensorProtoSchema, {
        name: "scales",
        dims: [5n],
        dataType: TensorProto_DataType.FLOAT,
        floatData: [1, 1, 2, 2, 2],
      }),
      { ...weights([1, 1, 2, 2, 2], new Uint8Array(32)), name: "weights" },
    );
    for (let number = 0; number < 20; number++) {
      const before = number === 0 ? "image" : `made ${number - 1}`;
      graph!.node.push(create(NodeProtoSchema, { opType, output: [`made ${number}`], ...one(before) }));
    }
  }),
];
const whole = (name: string, i: number) => create(AttributeProtoSchema, { name, i: BigInt(i) });
const chains = [
  chain("Concat", (before) => ({ input: [before, before], attribute: [whole("axis", 1)] })),
  chain("Concat", (before) => ({ input: [before, before], attribute: [whole("axis", 2)] })),
  chain("Tile", (before) => ({ input: [before, "sizes"] })),
  chain("Resize", (before) => ({ input: [before, "", "scales"] })),
  chain("ConvTranspose", (before) => ({
    input: [before, "weights"],
    attribute: [create(AttributeProtoSchema, { name: "strides", ints: [2n, 2n, 2n] })],
  })),
];

describe("is refused:", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /found an empty file|no network in it/],
    ["a text", text("Dear doctor,\nthis is no network.\n"), /no ONNX model|no network in it/],
    ["JSON", text('{"graph": {"node": []}}'), /no ONNX model|no network in it/],
    ["a zip, as PyTorch writes", text("PK\u0003\u0004 archive/data.pkl"), /no ONNX model|no network in it/],
    ["half a file", fixture("opset-17").subarray(0, 4000), /no ONNX model/],
    ["opset 8", ofOpset(8n), /operators of opset 8, expected opset 9 to 22/],
    ["opset 23", ofOpset(23n), /operators of opset 23/],
    ["no opset", changed(({ opsetImport }) => void opsetImport.pop()), /no version of its operators/],
    [
      "a constant of 2 GB that is not there",
      changed((model) => void model.graph!.initializer.push(weights([2 ** 29]))),
      /constant "extra" of 536870912 numbers with 0 bytes/,
    ],
    [
      "a constant of absurd size",
      changed((model) => void model.graph!.initializer.push(weights([2 ** 40, 2 ** 40, 2 ** 40]))),
      /constant "extra" of 1\.32\d*e\+36 numbers/,
    ],
    [
      "a constant of size -1",
      changed((model) => void model.graph!.initializer.push(weights([-1]))),
      /constant "extra" of Infinity numbers/,
    ],
    [
      "a constant inside an operator that is too short",
      changed((model) => {
        const attribute = create(AttributeProtoSchema, {
          name: "value",
          t: weights([8], new Uint8Array(31)),
        });
        model.graph!.node.push(node("Constant", [], { attribute: [attribute] }));
      }),
      /constant "extra" of 8 numbers with 31 bytes, expected 32 bytes/,
    ],
    ...(["ConstantOfShape", "Expand", "Tile", "Resize"] as const).map(
      (opType): [string, Uint8Array, RegExp] => [
        `${opType} to a size that nobody can hold`,
        changed((model) => {
          model.graph!.initializer.push(sizes(1, 1, 2 ** 20, 2 ** 20, 2 ** 20));
          model.graph!.node.push(
            node(
              opType,
              opType === "ConstantOfShape"
                ? ["sizes"]
                : opType === "Resize"
                  ? ["image", "", "", "sizes"]
                  : ["image", "sizes"],
            ),
          );
        }),
        new RegExp(`operator ${opType}, which would make 115\\d+ numbers`),
      ],
    ),
    [
      "a size that a constant operator states",
      changed((model) => {
        const attribute = create(AttributeProtoSchema, { name: "value_ints", ints: [2n ** 40n] });
        model.graph!.node.push(node("Constant", [], { attribute: [attribute] }));
        model.graph!.node.push(node("ConstantOfShape", ["made by Constant"]));
      }),
      /operator ConstantOfShape, which would make 1099511627776 numbers/,
    ],
    [
      "padding of a whole hospital",
      changed((model) => {
        model.graph!.initializer.push(sizes(0, 0, 0, 0, 0, 0, 0, 0, 0, 2 ** 33));
        model.graph!.node.push(node("Pad", ["image", "sizes"]));
      }),
      /operator "Pad" with pads beyond 65536/,
    ],
    [
      "padding of a convolution likewise",
      changed((model) => {
        const convolution = model.graph!.node.find(({ opType }) => opType === "Conv")!;
        convolution.attribute.find(({ name }) => name === "pads")!.ints[3] = 2n ** 40n;
      }),
      /operator "Conv" with pads beyond 65536/,
    ],
    ...chains.map(([opType, bytes]): [string, Uint8Array, RegExp] => [
      `${opType} in a row, each of which makes more of the one before`,
      bytes,
      new RegExp(`the operator "${opType}", which would make \\d+ numbers of each voxel`),
    ]),
    [
      "a cycle",
      changed((model) => {
        const [first] = model.graph!.node;
        first!.input[0] = model.graph!.node.at(-1)!.output[0]!;
      }),
      /"Conv" uses "probabilities", which nothing before it makes \(a cycle/,
    ],
    [
      "an operator that needs itself",
      changed((model) => void model.graph!.node.push(node("Relu", ["made by Relu"]))),
      /a cycle/,
    ],
    ...["If", "Loop", "Scan"].map((opType): [string, Uint8Array, RegExp] => [
      `control flow: ${opType}`,
      changed((model) => void model.graph!.node.push(node(opType, ["image"]))),
      new RegExp(`the operator "${opType}", which runs parts of the network again`),
    ]),
    [
      "a graph inside any operator",
      changed((model) => {
        const attribute = create(AttributeProtoSchema, { name: "body", g: create(GraphProtoSchema, {}) });
        model.graph!.node.push(node("Relu", ["image"], { attribute: [attribute] }));
      }),
      /the operator "Relu", which runs parts/,
    ],
    [
      "custom operators",
      changed(
        (model) => void model.graph!.node.push(node("Evil\u0007\n", ["image"], { domain: "org.evil" })),
      ),
      /the operator "Evil\?\?" of "org\.evil"/,
    ],
    [
      "an operator of the standard that the model defines anew",
      changed(
        (model) => void model.functions.push(create(FunctionProtoSchema, { name: "Relu", domain: "" })),
      ),
      /the operator "Relu", which the model defines itself/,
    ],
    ["a million empty operators in two bytes each", crowd(1, 2 ** 22), /more parts than a network has/],
    ["a million empty constants", crowd(5, 2 ** 22), /more parts than a network has/],
  ])("%s", async (_, bytes, message) => {
    const before = process.memoryUsage().rss;
    const error = await readModel(bytes, "x.onnx").then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^x\.onnx: found .*\.$/);
    expect(error.message.length).toBeLessThan(500);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });
});

describe("weights in a file beside the model", () => {
  const KEYS = ["location", "offset", "length"];
  /** The weights of one constant moved out, with what the model says of where they are. */
  function moved(
    location: string,
    { offset = 0, length }: { offset?: number | string; length?: number } = {},
  ) {
    let data = new Uint8Array();
    const bytes = changed((model) => {
      const tensor = model.graph!.initializer.find(({ name }) => name === "conv1.weight")!;
      data = tensor.rawData as Uint8Array<ArrayBuffer>;
      tensor.rawData = new Uint8Array(0);
      tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
      tensor.externalData = [location, String(offset), String(length ?? data.length)].map((value, at) =>
        create(StringStringEntryProtoSchema, { key: KEYS[at]!, value }),
      );
    });
    return { bytes, data };
  }
  const beside =
    (files: Record<string, Uint8Array>): FilesBeside =>
    (name) => ({
      name,
      read: async () => {
        const found = files[name];
        if (found !== undefined) return found;
        throw new UserError({
          subject: name,
          found: "no such file",
          expected: "the weights of the model",
          advice: "Copy it too.",
        });
      },
    });

  it.each(["weights.bin", "./weights.bin"])("are taken in from %s", async (location) => {
    const { bytes, data } = moved(location, { offset: 3 });
    const file = Uint8Array.of(1, 2, 3, ...data);
    const { graph } = await readModel(bytes, "x.onnx", beside({ "weights.bin": file }));
    const whole = fromBinary(ModelProtoSchema, fixture("opset-17")).graph!;
    expect(graph.initializer.map(({ rawData }) => rawData)).toEqual(
      whole.initializer.map(({ rawData }) => rawData),
    );
    expect(graph.initializer.flatMap(({ externalData }) => externalData)).toEqual([]);
  });

  it.each([
    "../weights.bin",
    "/etc/passwd",
    "./../weights.bin",
    "folder/weights.bin",
    "..\\weights.bin",
    "C:\\weights.bin",
    "weights\0.bin",
    "..",
    "",
  ])("are refused from %j", async (location) => {
    const touched: string[] = [];
    const reading = readModel(moved(location).bytes, "x.onnx", (name) => {
      touched.push(name);
      return { name, read: async () => new Uint8Array(4096) };
    });
    await expect(reading).rejects.toThrow(/^x\.onnx: .*lies in another folder.*beside it/);
    expect(touched).toEqual([]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["that is missing", moved("gone.bin").bytes, /^gone\.bin: found no such file/],
    [
      "that is too short",
      moved("weights.bin", { offset: 4000 }).bytes,
      /do not fit into the file weights\.bin/,
    ],
    ["at no place", moved("weights.bin", { offset: "nowhere" }).bytes, /do not fit/],
    ["before its start", moved("weights.bin", { offset: -4 }).bytes, /do not fit/],
    ["of another length", moved("weights.bin", { length: 12 }).bytes, /do not fit/],
  ])("are refused from a file %s", async (_, bytes, message) => {
    await expect(readModel(bytes, "x.onnx", beside({ "weights.bin": new Uint8Array(4096) }))).rejects.toThrow(
      message,
    );
  });

  it("are refused where no other files can be read", async () => {
    await expect(readModel(moved("weights.bin").bytes, "x.onnx")).rejects.toThrow(
      /weights in a file of their own/,
    );
  });
});

const engine = nodeEngine({ threads: 1 });

/** What `guard fit` chooses of a model that was read, or what is asked for by name. */
async function choicesOf(model: ReadModel, name?: string) {
  const input = imageInput(model);
  const names = [...new Set([...layerNames(model), ...outputNames(model)])];
  const window = [4, 8, 8].slice(5 - input.dims.length);
  const seen = await observeModel(engine, model, input, { names, window });
  return {
    input,
    output: chooseOutput(model, seen, name === undefined ? {} : { name }),
    layers: layersOf(model, seen).filter(({ usual }) => usual),
    axes: input.dims.length === 5 ? "kji" : "ji",
    inputChannels: seen.input[1]!,
  };
}

const adopted = async (model: ReadModel, name?: string): Promise<Uint8Array> =>
  adoptModel(model, await choicesOf(model, name));

describe("what is not understood", () => {
  it("survives: types, attributes, operators, unknown fields", async () => {
    const original = changed((model) => {
      const graph = model.graph!;
      for (const dataType of [
        TensorProto_DataType.INT4,
        TensorProto_DataType.FLOAT8E4M3FN,
        TensorProto_DataType.BFLOAT16,
      ]) {
        graph.initializer.push(
          create(TensorProtoSchema, {
            name: `of ${dataType}`,
            dims: [2n],
            dataType,
            rawData: Uint8Array.of(1, 2, 3, 4).subarray(
              0,
              dataType === TensorProto_DataType.BFLOAT16 ? 4 : 2,
            ),
          }),
        );
      }
      graph.initializer.push(
        create(TensorProtoSchema, {
          name: "words",
          dims: [1n],
          dataType: TensorProto_DataType.STRING,
          stringData: [text("a")],
        }),
      );
      // A field that no version of the format has.
      graph.node[0]!.$unknown = [{ no: 9999, wireType: 2, data: Uint8Array.of(2, 7, 7) }];
      graph.node[0]!.docString = "as it was";
      model.metadataProps.push(create(StringStringEntryProtoSchema, { key: "k", value: "v" }));
    });
    const before = fromBinary(ModelProtoSchema, original);
    // No runtime has such types everywhere, so the model is not run: its sizes are those of the model without them.
    const plain = await choicesOf(await readModel(fixture("opset-17"), "x.onnx"));
    const after = fromBinary(ModelProtoSchema, adoptModel(await readModel(original, "x.onnx"), plain));
    const nodes = new Map(after.graph!.node.map((one) => [one.output[0], one]));
    // The Softmax at the end is left out: the pipeline applies its own.
    for (const one of before.graph!.node.slice(0, -1))
      expect(equals(NodeProtoSchema, nodes.get(one.output[0])!, one)).toBe(true);
    expect(nodes.get(before.graph!.node[0]!.output[0])!.$unknown).toEqual(before.graph!.node[0]!.$unknown);
    const tensors = new Map(after.graph!.initializer.map((one) => [one.name, one]));
    for (const one of before.graph!.initializer)
      expect(equals(TensorProtoSchema, tensors.get(one.name)!, one)).toBe(true);
    expect(after.metadataProps).toEqual(before.metadataProps);
    expect(after.opsetImport).toEqual(before.opsetImport);
  });

  it("may have our own names: an adopted model is adopted again, with the same results", async () => {
    const once = await adopted(await readModel(fixture("opset-17"), "x.onnx"));
    const twice = await adopted(await readModel(once, "x.onnx"), "sureseg/logits");
    const data = Float32Array.from({ length: 256 }, (_, at) => Math.sin(at * at));
    const results: Float32Array[] = [];
    for (const bytes of [once, twice]) {
      const session = await engine.open(bytes);
      const run = await session.run({
        [session.inputNames[0]!]: { type: "float32", dims: [1, 1, 4, 8, 8], data },
      });
      expect(session.outputNames.slice(1)).toEqual(["features/act0", "features/act1"]);
      results.push(run[session.outputNames[0]!]!.data as Float32Array);
    }
    results[0]!.forEach((value, at) => void expect(results[1]![at]).toBeCloseTo(value, 4));
  });
});

/** Real models: Python's, and one of ours. */
const seeds: readonly Uint8Array[] = [
  ...["opset-9", "opset-17", "half", "slices", "labels"].map(fixture),
  (() => {
    const network = describeNetwork({
      architecture: "unet",
      channels: 4,
      levels: 2,
      inputChannels: 1,
      outputChannels: 2,
      maximumChannels: 8,
      dropout: 0,
    });
    return exportNetwork(network, initialise(network, new Random(1)));
  })(),
];

/** A part of something, each as likely as another. */
const place = fc.noBias(fc.nat(99_999)).map((number) => number / 100_000);
const interesting = fc.constantFrom(
  0n,
  -1n,
  1n,
  2n,
  255n,
  2n ** 16n,
  2n ** 31n - 1n,
  2n ** 40n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);

/** Changes of bytes: some set, some cut off, some put in, some from another model. */
const byteChange = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place, bytes: fc.constant(new Uint8Array(0)) }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.tuple(fc.constantFrom(...seeds), place).map(([seed, from]) => {
      const start = Math.floor(from * seed.length);
      return seed.subarray(start, start + 200);
    }),
  }),
);
type ByteChange = typeof byteChange extends fc.Arbitrary<infer T> ? T : never;

function withBytes(bytes: Uint8Array, { kind, at, bytes: other }: ByteChange): Uint8Array {
  const start = Math.floor(at * bytes.length);
  if (kind === "cut") return bytes.subarray(0, start);
  const rest = bytes.subarray(kind === "set" ? Math.min(bytes.length, start + other.length) : start);
  const result = new Uint8Array(start + other.length + rest.length);
  result.set(bytes.subarray(0, start));
  result.set(other, start);
  result.set(rest, start + other.length);
  return result;
}

/** Changes that leave the file a model: most changes of bytes do not. */
const modelChange = fc.oneof(
  fc.record({ kind: fc.constant("attribute" as const), at: place, which: place, number: interesting }),
  fc.record({ kind: fc.constant("dimension" as const), at: place, which: place, number: interesting }),
  fc.record({ kind: fc.constant("port" as const), at: place, which: place, number: interesting }),
  fc.record({ kind: fc.constant("operand" as const), at: place, which: place, number: interesting }),
  fc.record({ kind: fc.constant("type" as const), at: place, which: place, number: fc.bigInt(-2n, 30n) }),
  fc.record({ kind: fc.constant("removal" as const), at: place, which: place, number: interesting }),
  fc.record({
    kind: fc.constantFrom(
      ...[
        "Relu",
        "Concat",
        "ConstantOfShape",
        "Shape",
        "Resize",
        "Reshape",
        "Tile",
        "ArgMax",
        "Softmax",
        "NoSuch",
        "",
      ],
    ),
    at: place,
    which: place,
    number: interesting,
  }),
);
type ModelChange = typeof modelChange extends fc.Arbitrary<infer T> ? T : never;

function change(model: ModelProto, { kind, at, which, number }: ModelChange): void {
  const graph = model.graph!;
  const pick = <T>(list: readonly T[], where: number): T | undefined => list[Math.floor(where * list.length)];
  const one = pick(graph.node, at);
  switch (kind) {
    case "attribute": {
      const found = pick(one?.attribute ?? [], which);
      if (found === undefined) return;
      if (found.ints.length > 0) found.ints[Math.floor(which * found.ints.length)] = number;
      else found.i = number;
      return;
    }
    case "dimension": {
      const tensor = pick(graph.initializer, at);
      if (tensor !== undefined) tensor.dims[Math.floor(which * (tensor.dims.length + 1))] = number;
      return;
    }
    case "port": {
      const type = pick([...graph.input, ...graph.output], at)?.type?.value;
      const size = type?.case === "tensorType" ? pick(type.value.shape?.dim ?? [], which) : undefined;
      if (size !== undefined) size.value = { case: "dimValue", value: number };
      return;
    }
    case "operand": {
      const other = pick(graph.node, which);
      if (one !== undefined && other !== undefined) one.input[0] = other.output[0] ?? "";
      return;
    }
    case "type": {
      const tensor = pick(graph.initializer, at);
      if (tensor !== undefined) tensor.dataType = Number(number);
      return;
    }
    case "removal":
      graph.node.splice(Math.floor(at * graph.node.length), 1);
      return;
    default:
      if (one !== undefined) one.opType = kind;
  }
}

const anySeed = fc.nat(seeds.length - 1);

/** Every error is for users, and in one line. */
function expectCivil(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
  expect(error.message).toMatch(/^x\.onnx: found [^\n]*$/);
  expect(error.message.length).toBeLessThan(2000);
}

describe("mutated models", () => {
  it("of changed bytes are read or refused, 20 000 of them", async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(
        anySeed,
        fc.array(byteChange, { minLength: 1, maxLength: 2 }),
        async (seed, changes) => {
          const bytes = changes.reduce(withBytes, seeds[seed]!);
          try {
            const model = await readModel(bytes, "x.onnx");
            read++;
            imageInput(model);
          } catch (error) {
            expectCivil(error);
          }
        },
      ),
      { numRuns: 20_000 },
    );
    // Otherwise nothing but the parser would be tried.
    expect(read).toBeGreaterThan(1000);
  }, 120_000);

  it("that are models still run, or are refused, 2000 of them", async () => {
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(
        anySeed,
        fc.array(modelChange, { minLength: 1, maxLength: 3 }),
        async (seed, changes) => {
          const model = fromBinary(ModelProtoSchema, seeds[seed]!);
          for (const one of changes) change(model, one);
          const bytes = toBinary(ModelProtoSchema, model);
          try {
            await adopted(await readModel(bytes, "x.onnx"));
            ran++;
          } catch (error) {
            expectCivil(error);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(ran).toBeGreaterThan(20);
  }, 240_000);
});
