"""A small MONAI bundle and its images, for following docs/any-model.md to its end.

A UNet of few channels is trained for a minute on made-up scans: a bright ball before noise, two others that are not meant.
Writes test/oracle/fixtures/how-to: the bundle's configs, model.onnx as the page's own Python block exports it, images and labels,
and the mask that MONAI makes of new-scan.nii.gz by this very inference.json.

Needs monai (requirements.txt beside this file). Run from the repository root:
    python test/oracle/any-model/how_to.py
"""

import json
import os
import re
import shutil
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import monai
import nibabel
import numpy
import torch
from monai.bundle import ConfigParser
from monai.losses import DiceCELoss

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
monai.utils.set_determinism(14)
FIXTURES = Path("test/oracle/fixtures/how-to").resolve()
PAGE = Path("docs/any-model.md").resolve()
SHAPE = (20, 22, 16)
AFFINE = numpy.diag([-1.5, 1.5, 2.0, 1.0])
UPDATES = 150
INFERENCE = {
    "imports": ["$import torch"],
    "device": "$torch.device('cpu')",
    "network_def": {
        "_target_": "UNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [4, 8, 8],
        "strides": [2, 2],
        "norm": "instance",
    },
    "network": "$@network_def.to(@device)",
    "preprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "LoadImaged", "keys": "image"},
            {"_target_": "EnsureChannelFirstd", "keys": "image"},
            {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
            {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 2.0], "mode": "bilinear"},
            {
                "_target_": "ScaleIntensityRanged",
                "keys": "image",
                "a_min": -100,
                "a_max": 200,
                "b_min": 0,
                "b_max": 1,
                "clip": True,
            },
            {"_target_": "EnsureTyped", "keys": "image"},
        ],
    },
    "inferer": {
        "_target_": "SlidingWindowInferer",
        "roi_size": [16, 16, 16],
        "sw_batch_size": 1,
        "overlap": 0.25,
        "mode": "gaussian",
    },
    "postprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "Activationsd", "keys": "pred", "softmax": True},
            {
                "_target_": "Invertd",
                "keys": "pred",
                "transform": "@preprocessing",
                "orig_keys": "image",
                "nearest_interp": False,
                "to_tensor": True,
            },
            {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
        ],
    },
}
METADATA = {
    "name": "Ball",
    "network_data_format": {
        "inputs": {"image": {"type": "image", "modality": "CT", "num_channels": 1}},
        "outputs": {"pred": {"type": "image", "channel_def": {"0": "background", "1": "ball"}}},
    },
}


def scan(generator):
    """Image and label."""
    voxels = numpy.indices(SHAPE).transpose(1, 2, 3, 0)
    image = generator.normal(0, 25, SHAPE)
    for level in (-80, 80):
        centre = generator.uniform(0.1, 0.9, 3) * SHAPE
        image += level * (numpy.linalg.norm(voxels - centre, axis=-1) < 4)
    centre = generator.uniform(0.3, 0.7, 3) * SHAPE
    label = numpy.linalg.norm(voxels - centre, axis=-1) < generator.uniform(4.5, 6.5)
    image += 150 * label
    return image.astype(numpy.int16), label.astype(numpy.uint8)


def save(path, voxels):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(voxels, AFFINE), path)


def trained(parser, generator):
    network = parser.get_parsed_content("network")
    preprocessing = parser.get_parsed_content("preprocessing").transforms[4]
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    loss_of = DiceCELoss(softmax=True, to_onehot_y=True)
    for _ in range(UPDATES):
        pairs = [scan(generator) for _ in range(4)]
        images = torch.stack([torch.from_numpy(image.astype(numpy.float32))[None] for image, _ in pairs])
        labels = torch.stack([torch.from_numpy(label.astype(numpy.float32))[None] for _, label in pairs])
        images = preprocessing({"image": images})["image"]
        optimiser.zero_grad()
        loss = loss_of(network(images[..., :20, :]), labels[..., :20, :])
        loss.backward()
        optimiser.step()
    print("loss", float(loss))
    return network.eval()


def mask_of(parser, network, path):
    """As MONAI's evaluator runs inference.json."""
    data = parser.get_parsed_content("preprocessing")({"image": str(path)})
    with torch.no_grad():
        logits = parser.get_parsed_content("inferer")(data["image"][None], network)[0]
    return parser.get_parsed_content("postprocessing")({**data, "pred": logits})["pred"][0].numpy().astype(numpy.uint8)


def exported(folder):
    """By the block of the page, in the folder of the bundle."""
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S).group(1)
    before = Path.cwd()
    os.chdir(folder)
    try:
        exec(compile(block, "docs/any-model.md", "exec"), {})  # noqa: S102
    finally:
        os.chdir(before)


def main():
    shutil.rmtree(FIXTURES, ignore_errors=True)
    (FIXTURES / "configs").mkdir(parents=True)
    for name, content in {"inference": INFERENCE, "metadata": METADATA}.items():
        (FIXTURES / "configs" / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    parser = ConfigParser()
    parser.read_config(str(FIXTURES / "configs" / "inference.json"))
    generator = numpy.random.default_rng(14)
    network = trained(parser, generator)
    for index in range(13):
        image, label = scan(generator)
        name = f"scan-{index + 1:02}.nii.gz"
        part, labels = ("scans", "labels") if index < 10 else ("held-out", "held-out-labels")
        save(FIXTURES / part / name, image)
        save(FIXTURES / labels / name, label)
    save(FIXTURES / "new-scan.nii.gz", scan(generator)[0])
    save(FIXTURES / "by-monai" / "new-scan.nii.gz", mask_of(parser, network, FIXTURES / "new-scan.nii.gz"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(FIXTURES / "configs", folder / "configs")
        (folder / "models").mkdir()
        torch.save(network.state_dict(), folder / "models" / "model.pt")
        exported(folder)
        shutil.copy(folder / "model.onnx", FIXTURES / "model.onnx")
    provenance = {
        "script": "test/oracle/any-model/how_to.py",
        "versions": {name: version(name) for name in ("monai", "torch", "nibabel", "numpy")},
    }
    (FIXTURES / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n")


main()
