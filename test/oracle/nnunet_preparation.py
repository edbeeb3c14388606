"""Small images prepared by nnU-Net v2 itself: what the network file made of its plans must give.

Writes test/oracle/fixtures/nnunet-preparation.json and nnunet-preparation.bin (float32). Run from the repository root,
with nnunetv2 (2.8.1 was used, scikit-image 0.26.0, SciPy 1.17.1):
    python test/oracle/nnunet_preparation.py

Arrays are [channels, k, j, i], the last running fastest: `image` as in the file, `prepared` as
DefaultPreprocessor.run_case_npy gives it.
"""

import json
from pathlib import Path

import numpy as np
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from scipy import ndimage

FOLDER = Path("test/oracle/fixtures")
random = np.random.default_rng(20)
parts, cases = [], []
DATASET = {"labels": {"background": 0, "organ": 1}, "numTraining": 2, "file_ending": ".nii.gz"}


def keep(values):
    values = np.ascontiguousarray(values, dtype=np.float32)
    offset = sum(part.size for part in parts)
    parts.append(values.ravel())
    return {"dims": list(values.shape), "offset": offset}


def body(shape):
    """A blob with 0 around it, off centre."""
    noise = ndimage.gaussian_filter(random.normal(size=shape), 1.2) * 400 + 300
    grids = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    return np.where(sum(((g - 0.1) / 0.8) ** 2 for g in grids) < 1, noise, 0).astype(np.float32)


def add(name, shape, spacing, target, schemes, masked):
    channels = {str(n): "CT" if s == "CTNormalization" else f"MR {n}" for n, s in enumerate(schemes)}
    image = np.stack([body(shape) for _ in schemes])
    properties = {
        str(n): {"mean": 250.0, "std": 80.0, "percentile_00_5": 90.0, "percentile_99_5": 420.0, "median": 250.0,
                 "min": 0.0, "max": 500.0}
        for n in range(len(schemes))
    }
    configuration = {
        "data_identifier": "x", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2, "patch_size": [16, 16, 16][-len(target):],
        "spacing": target, "normalization_schemes": schemes, "use_mask_for_norm": masked,
        "architecture": {"network_class_name": "none", "arch_kwargs": {}, "_kw_requires_import": []},
        "resampling_fn_data": "resample_data_or_seg_to_shape", "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None},
        "resampling_fn_seg_kwargs": {"is_seg": True, "order": 1, "order_z": 0, "force_separate_z": None},
    }
    plans = {
        "dataset_name": name, "plans_name": "nnUNetPlans", "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": properties,
    }
    dataset = {**DATASET, "channel_names": channels}
    manager = PlansManager(plans)
    prepared, _, _ = DefaultPreprocessor(verbose=False).run_case_npy(
        image.copy(), None, {"spacing": list(spacing)}, manager, manager.get_configuration("3d_fullres"), dataset
    )[:3]
    cases.append({"name": name, "spacing": list(spacing), "plans": plans, "dataset": dataset,
                  "image": keep(image), "prepared": keep(prepared)})


def main():
    add("finer", (14, 16, 15), (2.0, 1.5, 1.5), [1.2, 1.0, 1.0], ["CTNormalization"], [False])
    add("coarser", (18, 20, 19), (1.0, 0.8, 0.9), [1.7, 1.6, 1.5], ["ZScoreNormalization"], [False])
    add("thick slices", (6, 20, 18), (5.0, 1.0, 1.0), [4.0, 0.8, 0.9], ["ZScoreNormalization"], [False])
    add("made thick", (16, 15, 14), (2.0, 1.0, 1.0), [5.0, 1.2, 1.2], ["RescaleTo01Normalization"], [False])
    add("thick, as many", (6, 20, 18), (5.0, 1.0, 1.0), [5.0, 0.7, 0.7], ["NoNormalization"], [False])
    add("two channels", (12, 13, 14), (1.0, 1.0, 1.0), [1.0, 1.0, 1.0], ["CTNormalization", "ZScoreNormalization"], [False, True])
    add("slices", (6, 14, 12), (5.0, 1.0, 1.0), [0.8, 0.8], ["ZScoreNormalization"], [True])
    np.concatenate(parts).tofile(FOLDER / "nnunet-preparation.bin")
    (FOLDER / "nnunet-preparation.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n")


main()
