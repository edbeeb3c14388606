/** How each network of this folder is run: what its own scripts say of preparation and windows, as sureseg's settings. */

const native = { cropToForeground: false, spacing: { policy: "native" } };
const onMr = (...steps) => ({ ...native, intensities: { MR: steps } });
const hippocampus = {
  modality: "MR",
  foreign: { far: "foreign/crops" },
  familiar: /hippocampus|snap_mri/,
};
const folders = (name) => ({
  fit: `${name}/images/fit`,
  heldOut: `${name}/images/held-out`,
  foreign: { ...hippocampus.foreign, near: `${name}/images/near` },
});

/** MONAI's NormalizeIntensity with `nonzero`. */
function overNonZero(values) {
  const seen = values.filter((value) => value !== 0);
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seen.length;
  values.forEach((value, at) => {
    if (value !== 0) values[at] = (value - mean) / Math.sqrt(variance);
  });
}

/** After clipping: 0 to 1. */
function betweenZeroAndOne(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  for (let at = 0; at < values.length; at++) values[at] = (values[at] - low) / (high - low);
}

export const networks = {
  nnunet: {
    ...hippocampus,
    ...folders("nnunet"),
    model: "nnunet/model.onnx",
    axes: "kji",
    window: [40, 56, 40],
    overlap: 0.5,
    padding: "zero",
    preparation: onMr({ step: "z-score" }),
    masks: { plain: "nnunet/masks/plain", centred: "nnunet/masks/plain", mirrored: "nnunet/masks/mirrored" },
  },
  segresnet: {
    ...hippocampus,
    ...folders("segresnet"),
    model: "segresnet/model.onnx",
    axes: "ijk",
    window: [32, 48, 32],
    overlap: 0.5,
    padding: "zero",
    preparation: onMr(),
    afterwards: overNonZero,
    masks: { plain: "segresnet/masks", centred: "segresnet/masks" },
  },
  dynunet: {
    ...hippocampus,
    ...folders("dynunet"),
    model: "dynunet/model.onnx",
    axes: "ijk",
    window: [32, 32, 32],
    overlap: 0.25,
    padding: "zero",
    preparation: onMr({ step: "clip-percentiles", low: 1, high: 99 }),
    afterwards: betweenZeroAndOne,
    masks: { plain: "dynunet/masks", centred: "dynunet/masks" },
  },
  slices: {
    ...folders("slices"),
    modality: "CT",
    foreign: { far: "foreign/whole", near: "slices/images/near" },
    familiar: /^openkbp/,
    model: "slices/model.onnx",
    axes: "ij",
    window: [128, 128, 1],
    overlap: 0,
    padding: "edge",
    fixedSize: false,
    preparation: { ...native, intensities: { CT: [{ step: "clip", low: 0, high: 1800 }] } },
    masks: { plain: "slices/masks" },
  },
  deepbet: {
    modality: "MR",
    model: "deepbet/coarse.onnx",
    axes: "ijk",
    window: [128, 128, 128],
    overlap: 0,
    padding: "edge",
    preparation: onMr({ step: "z-score" }),
    fit: "deepbet/grids/coarse/fit",
    heldOut: "deepbet/grids/coarse/held-out",
    foreign: {
      far: "deepbet/grids/coarse/far",
      near: "deepbet/grids/coarse/near",
      "other scanners": "deepbet/grids/coarse/other",
    },
    familiar: /brain_mri_t1|ixi_t1|vr_|ms_brain|snap_mri|fetal|mouse_brain|hippocampus/,
    masks: { plain: "deepbet/grids/masks-coarse" },
  },
};
