import fc from "fast-check";
import { decode } from "fast-png";
import { DOMParser, parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import { affineFromSpacing, type Shape, type Volume } from "../volume/index.js";
import { toCsv } from "./csv.js";
import { swarm } from "./figures/swarm.js";
import { enclosedArea, outlines } from "./picture/outline.js";
import { fromRuns, toRuns } from "./picture/run-lengths.js";
import { makeSlice } from "./picture/slice.js";
import { renderReport } from "./render-report.js";
import type { ReportInput } from "./report-data.js";

const errors = { ece: 0.02, adaptiveEce: 0.021, mce: 0.3, brier: 0.01, nll: 0.05 };
const bin = (confidence: number, frequency: number, count: number) => ({ confidence, frequency, count });

/** Everything the report can show, with `name` wherever a user's data may bring a name. */
function fullReport(name: string): ReportInput {
  const other = `${name} 2`;
  const interval = { mean: 0.9, low: 0.85, high: 0.93 };
  const shape = [6, 5, 2] as const;
  const volume = (value: (at: number) => number): Volume<Float32Array> => ({
    shape: [...shape],
    affine: affineFromSpacing([1, 2, 5]),
    channels: 1,
    data: Float32Array.from({ length: 60 }, (_, at) => value(at)),
  });
  const slice = makeSlice({
    dataset: name,
    case: name,
    image: volume((at) => at),
    reference: volume((at) => (at % 6 > 2 ? 1 : 0)),
    prediction: volume((at) => (at % 6 > 3 ? 1 : 0)),
  });
  return {
    title: name,
    created: "2026-11-23T12:00:00Z",
    commit: name,
    machine: name,
    configuration: name,
    datasets: [
      { name, modality: "MR", organs: [name], cases: { train: 8, validation: 2, test: 2 }, licence: name },
      { name: other, modality: "CT", organs: ["liver"], cases: { train: 8, validation: 2, test: 1 } },
    ],
    curves: [
      { step: 10, trainLoss: 1, learningRate: 0.01 },
      { step: 20, trainLoss: 0.5, validationLoss: 0.6, validationDice: { [name]: 0.8 }, learningRate: 0.001 },
    ],
    accuracy: {
      cases: [
        { dataset: name, case: name, organ: name, dice: 0.91, hd95: 3, assd: 1, volumeMl: 3, referenceMl: 4 },
        {
          dataset: name,
          case: "b",
          organ: name,
          dice: 0,
          hd95: null,
          assd: null,
          volumeMl: 0,
          referenceMl: 4,
        },
      ],
      summaries: [{ dataset: name, organ: name, cases: 2, dice: interval, hd95: null, assd: null }],
    },
    calibration: {
      temperature: 1.5,
      rows: [
        { dataset: name, region: "whole", before: errors, after: errors },
        { dataset: name, region: "box10mm", before: errors },
      ],
      reliability: [{ region: "whole", before: [bin(0.1, 0.2, 100), bin(0.9, 0.8, 10)] }],
    },
    signatures: (["train", "foreign"] as const).map((role) => ({
      dataset: name,
      case: "a",
      role,
      layer: name,
      values: [0.8, 0.5, -0.3],
    })),
    ood: {
      detector: name,
      alpha: 0.1,
      threshold: 1.2,
      scores: (["in", "near", "far"] as const).map((kind, at) => ({
        source: name,
        case: "a",
        kind,
        measure: at,
        pValue: 0.3,
        foreign: at === 2,
        nearest: { dataset: name, case: name },
      })),
      detection: [{ kind: "far", auroc: 1, aupr: 0.9, fprAt95: 0 }],
    },
    slices: [{ ...slice, title: `${name}\n${name}` }],
  };
}

describe("renderReport", () => {
  it("shows every part of the data and needs nothing from elsewhere", () => {
    const page = renderReport(fullReport("liver"));
    const { document } = parseHTML(page);
    const anchors = [...document.querySelectorAll("section")].map(({ id }) => id);
    expect(anchors).toEqual([
      "summary",
      "datasets",
      "training",
      "accuracy",
      "slices",
      "calibration",
      "guard",
      "signatures",
      "provenance",
    ]);
    for (const svg of document.querySelectorAll("svg"))
      expect(svg.querySelectorAll("path, circle, image, line").length).toBeGreaterThan(0);
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:image\/png)/);
    expect(page).not.toMatch(/<script|url\(|@import/);
    expect(document.querySelector("#summary")?.textContent).toMatch(/0\.900/);
    expect(document.querySelector("#guard")?.textContent).toMatch(/1\.000/);
  });

  it("leaves out what there is no data for", () => {
    const { document } = parseHTML(renderReport({ title: "empty", created: "2026-11-23T12:00:00Z" }));
    expect([...document.querySelectorAll("section")].map(({ id }) => id)).toEqual(["provenance"]);
  });

  it("lets no name become markup, and draws well-formed XML whatever the names", () => {
    const hostile = fc.oneof(
      fc.constant(`"><script>alert(1)</script>`),
      fc.constant("]]>&amp;<!--"),
      fc.constant("two\nlines"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    );
    // Layout, and so the number of elements, may depend on the length of a name; what elements there are must not.
    const wordsOf = (document: Document): string[] =>
      [
        ...new Set(
          [...document.querySelectorAll("*")].flatMap(({ tagName, attributes }) => [
            tagName,
            ...[...attributes].map(({ name }) => `${tagName} ${name}`),
          ]),
        ),
      ].sort();
    const plain = wordsOf(parseHTML(renderReport(fullReport("plain"))).document);
    fc.assert(
      fc.property(hostile, (name) => {
        const page = renderReport(fullReport(name));
        const { document } = parseHTML(page);
        expect(wordsOf(document)).toEqual(plain);
        for (const [svg] of page.matchAll(/<svg[\s\S]*?<\/svg>/g)) {
          expect(() => new DOMParser().parseFromString(svg, "image/svg+xml")).not.toThrow();
          // Every & begins a reference, and no attribute holds a bare <.
          expect(svg.replace(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
          expect(svg).not.toMatch(/\s[\w:-]+="[^"]*</);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("gives the same bytes for the same data", () => {
    expect(renderReport(fullReport("a"))).toBe(renderReport(fullReport("a")));
  });

  it("names the field that does not fit", () => {
    const wrong = fullReport("a");
    wrong.accuracy!.cases![0]!.dice = 1.2;
    expect(() => renderReport(wrong)).toThrow(UserError);
    expect(() => renderReport(wrong)).toThrow(/accuracy\.cases\[0\]\.dice/);
  });
});

describe("pictures", () => {
  const mask = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height }),
      }),
    );

  it("outlines enclose exactly the pixels inside", () => {
    fc.assert(
      fc.property(mask, ({ width, height, pixels }) => {
        const area = outlines(pixels, width, height).reduce((sum, loop) => sum + enclosedArea(loop), 0);
        expect(area).toBe(pixels.filter((value) => value === 1).length);
      }),
    );
  });

  it("run lengths bring the mask back", () => {
    fc.assert(
      fc.property(mask, ({ pixels }) => {
        expect([...fromRuns(toRuns(pixels), pixels.length)]).toEqual(pixels);
      }),
    );
  });

  it("shows the slice with the most reference voxels, the patient's right at the left", () => {
    const shape = [4, 3, 3] as const;
    // Bright at the patient's right end (largest x) of the middle slice only.
    const at = (x: number, y: number, z: number): number => x + 4 * (y + 3 * z);
    const image = new Float32Array(36);
    const reference = new Uint8Array(36);
    for (let y = 0; y < 3; y++) {
      image[at(3, y, 1)] = 100;
      reference[at(3, y, 1)] = 1;
    }
    const grid = {
      shape: [...shape] as [number, number, number],
      affine: affineFromSpacing([1, 1, 3]),
      channels: 1,
    };
    const slice = makeSlice({
      dataset: "d",
      case: "c",
      image: { ...grid, data: image },
      reference: { ...grid, data: reference },
      window: [0, 100],
    });
    expect(slice).toMatchObject({ plane: "axial", width: 4, height: 3, edges: { left: "R", top: "A" } });
    const picture = decode(Buffer.from(slice.png, "base64"));
    expect([...picture.data]).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0]);
    expect([...fromRuns(slice.reference!, 12)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
  });

  it("refuses a mask on another grid, by name", () => {
    const grid = (shape: Shape) => ({ shape, affine: affineFromSpacing([1, 1, 1]), channels: 1 });
    const image = { ...grid([2, 2, 2]), data: new Float32Array(8) };
    const reference = { ...grid([2, 2, 1]), data: new Uint8Array(4) };
    const slice = { dataset: "d", case: "c7", image, reference };
    expect(() => makeSlice(slice)).toThrow(/reference of case c7/);
  });
});

it("dots of a swarm do not hide each other where there is room", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 20 }), (positions) => {
      const [diameter, halfWidth] = [4, 1000];
      const offsets = swarm(positions, diameter, halfWidth);
      for (let a = 0; a < positions.length; a++)
        for (let b = 0; b < a; b++) {
          const across = (offsets[a]! - offsets[b]!) * halfWidth;
          expect(Math.hypot(positions[a]! - positions[b]!, across)).toBeGreaterThan(diameter - 1e-6);
        }
    }),
  );
});

describe("toCsv", () => {
  it("reads back as RFC 4180 says", () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('a"b', "a,b", "a\r\nb", ""));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (rows) => {
        const text = toCsv(rows.map(([a, b]) => ({ a, b })));
        expect(parseCsv(text)).toEqual([["a", "b"], ...rows]);
      }),
    );
  });

  it("leaves undefined numbers empty", () => {
    expect(toCsv([{ a: null, b: Number.NaN, c: 0.1 }])).toBe("a,b,c\r\n,,0.1\r\n");
  });
});

/** RFC 4180, read character by character. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') value += character;
      else if (text[at + 1] === '"') value += text[++at]!;
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ",") {
      row.push(value);
      value = "";
    } else if (character === "\r" && text[at + 1] === "\n") {
      rows.push([...row, value]);
      row = [];
      value = "";
      at++;
    } else value += character;
  }
  return rows;
}
