"""How nnU-Net and MONAI blend windows and mirrored copies, and how nnU-Net makes a mask of regions, by their own functions.

Writes test/oracle/fixtures/predictor-rules.json and .bin: weights of windows (`compute_gaussian`, `compute_importance_map`),
logits of a whole image by a small network (`nnUNetPredictor`, `sliding_window_inference`), masks of regions
(`LabelManager.convert_probabilities_to_segmentation`). Tensors' axes are those of the network: k, j, i.

Needs nnunetv2 and monai (test/oracle/any-model/requirements.txt). Run from the repository root:
    python test/oracle/predictor_rules.py
"""

import base64
import io
import json
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(name, tempfile.gettempdir())

import numpy
import torch
from monai.data.utils import compute_importance_map
from monai.inferers import sliding_window_inference
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.inference.sliding_window_prediction import compute_gaussian
from nnunetv2.utilities.label_handling.label_handling import LabelManager

torch.set_num_threads(1)
torch.manual_seed(14)
FOLDER = Path("test/oracle/fixtures")
CPU = torch.device("cpu")
SIZES = [(6, 9, 12), (1, 16, 10), (7, 7, 7)]
IMAGE = (9, 14, 11)
WINDOW = (6, 8, 8)
CHANNELS = 2
PREDICTIONS = [
    {"name": "nnunet", "software": "nnunet", "overlap": 0.5},
    {"name": "nnunet-mirrored", "software": "nnunet", "overlap": 0.5, "mirroring": [0, 2]},
    {"name": "nnunet-mirrored-everywhere", "software": "nnunet", "overlap": 0.5, "mirroring": [0, 1, 2]},
    {"name": "monai-gaussian", "software": "monai", "overlap": 0.25, "mode": "gaussian"},
    {"name": "monai-gaussian-half", "software": "monai", "overlap": 0.5, "mode": "gaussian"},
    {"name": "monai-constant", "software": "monai", "overlap": 0.25, "mode": "constant"},
]
REGIONS = [
    {
        "labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": [3]},
        "regions_class_order": [1, 2, 3],
    },
    {
        "labels": {"background": 0, "core": [1, 4], "whole": [1, 2, 4, 5], "enhancing": 4, "other": 5, "ignore": 6},
        "regions_class_order": [1, 2, 4, 5],
    },
]


def network():
    """Of a window's faces it sees zeros beyond, so that what it says depends on where windows lie."""
    return torch.nn.Sequential(
        torch.nn.Conv3d(1, 3, 3, padding=1), torch.nn.LeakyReLU(), torch.nn.Conv3d(3, CHANNELS, 3, padding=1)
    ).eval()


def exported(model):
    buffer = io.BytesIO()
    names = {"input_names": ["image"], "output_names": ["logits"]}
    torch.onnx.export(model, (torch.zeros(1, 1, *WINDOW),), buffer, dynamo=False, opset_version=17, **names)
    return base64.b64encode(buffer.getvalue()).decode()


def by_nnunet(model, image, overlap, mirroring):
    predictor = nnUNetPredictor(
        tile_step_size=1 - overlap,
        use_gaussian=True,
        use_mirroring=bool(mirroring),
        perform_everything_on_device=False,
        device=CPU,
        allow_tqdm=False,
    )
    predictor.network = model
    predictor.allowed_mirroring_axes = mirroring
    predictor.configuration_manager = SimpleNamespace(patch_size=WINDOW)
    predictor.label_manager = SimpleNamespace(num_segmentation_heads=CHANNELS)
    # It gathers in half precision, where logits at an image's corners become whole numbers: here the rule is wanted.
    half, torch.half = torch.half, torch.float32
    try:
        return predictor.predict_sliding_window_return_logits(image[0])
    finally:
        torch.half = half


def by_monai(model, image, overlap, mode):
    return sliding_window_inference(image, WINDOW, 1, model, overlap=overlap, mode=mode)[0]


def main():
    tensors, parts = {}, []

    def keep(name, values):
        values = numpy.asarray(values, "<f8")
        tensors[name] = {"dims": list(values.shape), "offset": sum(part.size for part in parts)}
        parts.append(values.ravel())

    for size in SIZES:
        name = "x".join(map(str, size))
        gaussian = compute_gaussian(size, sigma_scale=1 / 8, value_scaling_factor=10, device=CPU)
        keep(f"weights/nnunet/{name}", gaussian.double().numpy())
        keep(f"weights/monai/{name}", compute_importance_map(size, "gaussian", 0.125).double().numpy())
    model, image = network(), torch.randn(1, 1, *IMAGE)
    keep("image", image[0].double().numpy())
    with torch.no_grad():
        for item in PREDICTIONS:
            if item["software"] == "nnunet":
                logits = by_nnunet(model, image, item["overlap"], item.get("mirroring"))
            else:
                logits = by_monai(model, image, item["overlap"], item["mode"])
            keep(f"logits/{item['name']}", logits.double().numpy())
    generator = numpy.random.default_rng(14)
    for index, item in enumerate(REGIONS):
        manager = LabelManager(item["labels"], item["regions_class_order"])
        probabilities = generator.random((manager.num_segmentation_heads, 200), numpy.float32)
        # Numbers at the edge of the rule.
        probabilities[:, :20] = generator.choice([0.5, 0.25, 0.75], (manager.num_segmentation_heads, 20))
        keep(f"regions/{index}/probabilities", probabilities)
        keep(f"regions/{index}/mask", manager.convert_probabilities_to_segmentation(probabilities))
    index = {
        "script": "test/oracle/predictor_rules.py",
        "versions": {name: version(name) for name in ("nnunetv2", "monai", "torch", "numpy")},
        "binary": "predictor-rules.bin",
        "model": exported(model),
        "window": WINDOW,
        "sizes": SIZES,
        "predictions": PREDICTIONS,
        "regions": REGIONS,
        "tensors": tensors,
    }
    (FOLDER / "predictor-rules.json").write_text(json.dumps(index, indent=1) + "\n")
    numpy.concatenate(parts).tofile(FOLDER / "predictor-rules.bin")


main()
