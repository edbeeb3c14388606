/** From the files of nnU-Net and MONAI to a network file; what cannot be taken over is refused by name. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.js";
import { networkFileSchema } from "../network-file.js";
import { paintedRegions } from "../open-network.js";
import { networkFileOfBundle } from "./monai-bundle.js";
import { datasetJsonSchema, networkFileOfPlans, plansSchema } from "./nnunet-plans.js";

const facts = { mean: 100, std: 50, percentile_00_5: -20, percentile_99_5: 220 };
const plans = (changes: object = {}, own: object = {}) =>
  plansSchema.parse({
    dataset_name: "Dataset001_Liver",
    image_reader_writer: "SimpleITKIO",
    transpose_forward: [0, 1, 2],
    foreground_intensity_properties_per_channel: { "0": facts, "1": facts },
    configurations: {
      "3d_fullres": {
        patch_size: [28, 192, 160],
        spacing: [5, 0.8, 0.7],
        normalization_schemes: ["CTNormalization"],
        use_mask_for_norm: [false],
        ...own,
      },
      "2d": {
        patch_size: [512, 448],
        spacing: [0.8, 0.7],
        normalization_schemes: ["CTNormalization"],
        use_mask_for_norm: [false],
      },
      "3d_cascade_fullres": { inherits_from: "3d_fullres", previous_stage: "3d_lowres" },
    },
    ...changes,
  });
const dataset = (changes: object = {}) =>
  datasetJsonSchema.parse({
    channel_names: { "0": "CT" },
    labels: { background: 0, tumour: 2, liver: 1 },
    ...changes,
  });
const names = { plans: "plans.json", dataset: "dataset.json" };
const imported = (source: Partial<Parameters<typeof networkFileOfPlans>[0]> = {}) =>
  networkFileSchema.parse(
    networkFileOfPlans({ plans: plans(), dataset: dataset(), configuration: "3d_fullres", names, ...source }),
  );

describe("nnU-Net's plans", () => {
  it("give sizes along i, j, k, classes in the order of channels, and CT by the dataset's numbers", () => {
    const file = imported();
    expect(file).toMatchObject({
      name: "Dataset001_Liver",
      modalities: ["CT"],
      axes: "kji",
      preparation: { orientation: "stored", cropToForeground: "non-zero", intensitiesFirst: true },
      windows: {
        window: [160, 192, 28],
        overlap: 0.5,
        placement: "spread",
        padding: "zero",
        blending: "logits",
        weights: "nnunet",
      },
    });
    expect(file.windows.mirroring).toBeUndefined();
    expect(Object.keys(file.organs)).toEqual(["liver", "tumour"]);
    expect(file.preparation.spacing).toMatchObject({ policy: "fixed", mm: [0.7, 0.8, 5] });
    expect(file.preparation.intensities.CT).toEqual([
      { step: "clip", low: -20, high: 220 },
      { step: "standardise", mean: 100, deviation: 50 },
    ]);
  });

  it("follow the transposition, which takes the numbers along", () => {
    const transposed = plans({ transpose_forward: [2, 0, 1] });
    const { axes, preparation, windows } = imported({ plans: transposed, mirroring: [1, 2] });
    // The network's axes are i, k, j of the file; so are its sizes.
    expect(axes).toBe("ikj");
    expect(preparation.spacing).toMatchObject({ mm: [5, 0.7, 0.8] });
    expect(windows.window).toEqual([28, 160, 192]);
    expect(windows.mirroring).toEqual(["k", "j"]);
  });

  it("of slices keep the spacing between slices", () => {
    const { axes, preparation, windows } = imported({ configuration: "2d" });
    expect(axes).toBe("ji");
    expect(preparation.spacing).toMatchObject({ mm: [0.7, 0.8, null] });
    expect(windows.window).toEqual([448, 512, 1]);
  });

  it("of regions give channels in the order of dataset.json, painted in that of regions_class_order", () => {
    const labels = { background: 0, core: [2, 3], whole: [1, 2, 3], enhancing: 3, ignore: 4 };
    const file = imported({ dataset: dataset({ labels, regions_class_order: [2, 1, 3] }) });
    expect(Object.entries(file.organs)).toEqual([
      ["core", [2, 3]],
      ["whole", [1, 2, 3]],
      ["enhancing", [3]],
    ]);
    expect(Object.entries(file.regions!)).toEqual([
      ["core", 2],
      ["whole", 1],
      ["enhancing", 3],
    ]);
    expect(file.output).toEqual({ labelMode: "regions", activation: "sigmoid" });
    expect(paintedRegions(file)).toEqual([
      { channel: 0, value: 2, values: [2, 3] },
      { channel: 1, value: 1, values: [1, 2, 3] },
      { channel: 2, value: 3, values: [3] },
    ]);
  });

  it("of labels that are numbers keep the order of the channels", () => {
    const { organs } = imported({ dataset: dataset({ labels: { background: 0, "2": 1, "1": 2 } }) });
    expect(Object.entries(organs)).toEqual([
      ["class 2", [1]],
      ["class 1", [2]],
    ]);
  });

  it.each([
    ["ZScoreNormalization", [true], [{ step: "z-score-non-zero" }]],
    ["ZScoreNormalization", [false], [{ step: "z-score" }]],
    ["NoNormalization", [false], []],
    ["RescaleTo01Normalization", [false], [{ step: "rescale", low: 0, high: 1 }]],
    ["RGBTo01Normalization", [false], [{ step: "map-range", from: [0, 255], to: [0, 1] }]],
  ])("%s with the mask %s", (scheme, masks, steps) => {
    const own = { normalization_schemes: [scheme], use_mask_for_norm: masks };
    const { preparation } = imported({
      plans: plans({}, own),
      dataset: dataset({ channel_names: { "0": "T1" } }),
    });
    expect(preparation.intensities.MR).toEqual(steps);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "a configuration that there is not",
      () => imported({ configuration: "3d_lowres" }),
      /no configuration 3d_lowres, expected 3d_fullres, 2d/,
    ],
    ["a cascade", () => imported({ configuration: "3d_cascade_fullres" }), /second stage of a cascade/],
    [
      "regions without an order",
      () => imported({ dataset: dataset({ labels: { background: 0, whole: [1, 2], core: 2 } }) }),
      /dataset\.json: found 0 values in regions_class_order for 2 regions/,
    ],
    [
      "regions called by numbers",
      () =>
        imported({
          dataset: dataset({ labels: { whole: [1, 2], "2": 2 }, regions_class_order: [1, 2] }),
        }),
      /a region called 2/,
    ],
    [
      "mirroring along an axis that there is not",
      () => imported({ configuration: "2d", mirroring: [0, 2] }),
      /--mirroring: found the axis 2, expected axes of the network, from 0 to 1/,
    ],
    [
      "a normalisation of one's own",
      () => imported({ plans: plans({}, { normalization_schemes: ["MyNorm"] }) }),
      /the normalisation MyNorm/,
    ],
    [
      "another reader",
      () => imported({ plans: plans({ image_reader_writer: "NaturalImage2DIO" }) }),
      /NaturalImage2DIO/,
    ],
    [
      "two ways for one modality",
      () =>
        imported({
          dataset: dataset({ channel_names: { "0": "T1", "1": "T2" } }),
          plans: plans(
            {},
            {
              normalization_schemes: ["ZScoreNormalization", "NoNormalization"],
              use_mask_for_norm: [false, false],
            },
          ),
        }),
      /two channels of the modality MR/,
    ],
  ])("refuse %s", (_, run, message) => {
    expect(run).toThrow(UserError);
    expect(run).toThrow(message);
  });
});

describe("a network file of regions", () => {
  const file = (changes: object) =>
    networkFileSchema.safeParse({
      name: "tumour",
      modalities: ["MR"],
      organs: { core: [1, 4], whole: [1, 2, 4] },
      regions: { whole: 2, core: 1 },
      preparation: {},
      ...changes,
    });
  const messages = (changes: object): string =>
    (file(changes).error?.issues ?? [])
      .map(({ path, message }) => `${path.join(".")}: ${message}`)
      .join("; ");

  it("is taken as it is", () => {
    expect(messages({})).toBe("");
    expect(messages({ output: { labelMode: "regions" } })).toBe("");
  });

  it.each<[string, object, RegExp]>([
    ["values in common, without regions", { regions: undefined }, /^organs\.whole: .* by `regions`/],
    ["the mode alone", { regions: undefined, output: { labelMode: "regions" } }, /regions: found nothing/],
    ["another mode", { output: { labelMode: "union" } }, /output\.labelMode: found union, expected regions/],
    ["a region left out", { regions: { whole: 2 } }, /^regions: expected every organ: core is missing/],
    ["a region of no channel", { regions: { whole: 2, core: 1, edge: 3 } }, /^regions\.edge: /],
    ["a value that is none of its own", { regions: { whole: 3, core: 1 } }, /^regions\.whole: found 3/],
    ["a value twice", { regions: { whole: 1, core: 1 } }, /found 1 twice/],
    [
      "names that are numbers, whose order would be lost",
      { organs: { "2": 1, "1": 2 }, regions: undefined },
      /expected a word, such as class 1/,
    ],
  ])("refuses %s", (_, changes, message) => {
    expect(messages(changes)).toMatch(message);
  });
});

const inferer = { _target_: "SlidingWindowInferer", roi_size: "@window", overlap: 0.25 };
const bundle = (transforms: readonly object[], changes: object = {}) => ({
  window: [96, 96, 64],
  preprocessing: { _target_: "Compose", transforms },
  inferer,
  network_def: { out_channels: 2 },
  postprocessing: { _target_: "Compose", transforms: [{ _target_: "Activationsd", softmax: true }] },
  ...changes,
});
const taken = (
  transforms: readonly object[],
  changes: object = {},
  more: Partial<Parameters<typeof networkFileOfBundle>[0]> = {},
) =>
  networkFileSchema.parse(
    networkFileOfBundle({
      inference: bundle(transforms, changes),
      modalities: ["CT"],
      name: "inference.json",
      ...more,
    }),
  );

describe("a MONAI bundle", () => {
  it("gives its usual transforms as steps, with references followed", () => {
    const file = taken(
      [
        { _target_: "LoadImaged", keys: "image" },
        { _target_: "monai.transforms.Orientationd", axcodes: "RAS" },
        { _target_: "Spacingd", pixdim: "@spacing", mode: "bilinear" },
        { _target_: "ScaleIntensityRanged", a_min: -57, a_max: 164, b_min: 0, b_max: 1, clip: true },
        { _target_: "EnsureTyped" },
      ],
      { spacing: [1.5, 1.5, 2] },
    );
    expect(file).toMatchObject({
      axes: "ijk",
      output: { activation: "softmax", labelMode: "exclusive" },
      preparation: {
        orientation: "RAS",
        cropToForeground: false,
        spacing: { policy: "fixed", mm: [1.5, 1.5, 2] },
        interpolation: "linear",
      },
      windows: {
        window: [96, 96, 64],
        overlap: 0.25,
        placement: "stepped",
        padding: "zero",
        weights: "constant",
        blending: "logits",
      },
    });
    expect(file.preparation.intensities.CT).toEqual([
      { step: "clip", low: -57, high: 164 },
      { step: "map-range", from: [-57, 164], to: [0, 1] },
    ]);
    expect(file.organs).toEqual({ "class 1": [1] });
  });

  it("takes names and modality from metadata.json", () => {
    const metadata = {
      name: "Spleen",
      network_data_format: {
        inputs: { image: { modality: "CT", num_channels: 1 } },
        outputs: { pred: { channel_def: { "0": "background", "1": "spleen" } } },
      },
    };
    const file = networkFileOfBundle({ inference: bundle([]), metadata, name: "inference.json" });
    expect(file).toMatchObject({ name: "Spleen", modalities: ["CT"], organs: { spleen: 1 } });
  });

  describe("of channels that may overlap", () => {
    const after = [
      { _target_: "Activationsd", sigmoid: true },
      { _target_: "AsDiscreted", threshold: 0.5 },
    ];
    const changes = { postprocessing: { _target_: "Compose", transforms: after } };
    const channels = { "0": "core", "1": "whole", "2": "enhancing" };
    const metadata = { network_data_format: { outputs: { pred: { channel_def: channels } } } };
    const regions: [string, number[]][] = [
      ["whole", [2, 1, 4]],
      ["core", [1, 4]],
      ["enhancing", [4]],
    ];

    it("is taken as regions in the order that is said", () => {
      const file = taken([], changes, { metadata, regions });
      expect(file.output).toEqual({ labelMode: "regions", activation: "sigmoid" });
      expect(Object.entries(file.organs)).toEqual([
        ["core", [1, 4]],
        ["whole", [2, 1, 4]],
        ["enhancing", [4]],
      ]);
      expect(paintedRegions(file)).toEqual([
        { channel: 1, value: 2, values: [2, 1, 4] },
        { channel: 0, value: 1, values: [1, 4] },
        { channel: 2, value: 4, values: [4] },
      ]);
    });

    it.each<[string, () => unknown, RegExp]>([
      [
        "without an order, with what to write",
        () => taken([], changes, { metadata }),
        /3 channels of a sigmoid, core, whole, enhancing, which may overlap.*--regions "core=1" "whole=2" "enhancing=3"/,
      ],
      [
        "with the order of other channels",
        () => taken([], changes, { metadata, regions: regions.slice(1) }),
        /the regions core, enhancing, expected the order .* of core, whole, enhancing/,
      ],
      [
        "with an order, where a softmax makes them exclude each other",
        () => taken([], {}, { metadata, regions }),
        /no sigmoid after the network/,
      ],
      [
        "with a threshold of their own",
        () =>
          taken([], {
            postprocessing: { transforms: [after[0], { _target_: "AsDiscreted", threshold: 0.3 }] },
          }),
        /the threshold 0\.3, expected 0\.5/,
      ],
    ])("is refused %s", (_, run, message) => {
      expect(run).toThrow(UserError);
      expect(run).toThrow(message);
    });
  });

  it("whose masks are changed after the network is refused, by the name of what changes them", () => {
    const ending = (kind: string) => ({ postprocessing: { transforms: [{ _target_: kind }] } });
    expect(() => taken([], ending("monai.transforms.KeepLargestConnectedComponentd"))).toThrow(
      /the transform KeepLargestConnectedComponentd after the network, expected Activations,/,
    );
    expect(() => taken([], ending("SaveImaged"))).not.toThrow();
  });

  it("of Gaussian windows has MONAI's weights, and no others", () => {
    const gaussian = { ...inferer, mode: "gaussian" };
    expect(taken([], { inferer: gaussian }).windows.weights).toBe("monai");
    expect(() => taken([], { inferer: { ...gaussian, sigma_scale: 0.25 } })).toThrow(
      /the sigma_scale 0\.25, expected 0\.125/,
    );
  });

  it.each<[string, object, RegExp]>([
    [
      "a transform of one's own",
      { _target_: "my.package.Sharpend" },
      /the transform Sharpend, expected LoadImage,/,
    ],
    ["a transform that is not known", { _target_: "RandGaussianNoised" }, /RandGaussianNoised/],
    ["an expression", { _target_: "Spacingd", pixdim: "$[1, 1, @z]" }, /the expression \$\[1, 1, @z\]/],
    [
      "another orientation",
      { _target_: "Orientationd", axcodes: "PIR" },
      /Orientation to "PIR", expected RAS or LPS/,
    ],
    [
      "a crop by a function",
      { _target_: "CropForegroundd", margin: 10 },
      /CropForeground with a function or a margin/,
    ],
    [
      "percentiles without a clip",
      { _target_: "ScaleIntensityRangePercentilesd", lower: 1, upper: 99 },
      /ScaleIntensityRangePercentiles without/,
    ],
  ])("refuses %s", (_, transform, message) => {
    expect(() => taken([transform])).toThrow(UserError);
    expect(() => taken([transform])).toThrow(message);
  });

  it("refuses an inferer that it does not know", () => {
    expect(() => taken([], { inferer: { _target_: "SliceInferer", roi_size: [1, 1] } })).toThrow(
      /the inferer SliceInferer/,
    );
  });

  it("never runs an expression, whatever it says", () => {
    const transforms = [{ _target_: "Spacingd", pixdim: "$__import__('os').system('touch gone')" }];
    expect(() => taken(transforms)).toThrow(/expressions are not run/);
  });
});
