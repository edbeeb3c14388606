"""Tiny networks of real architectures as their own exporters write them, each with one image and its probabilities by torch.

Writes test/oracle/fixtures/any-model: NAME.onnx (and NAME.onnx.data where weights lie beside the model), networks.json and
networks.bin. Random weights, few channels; every file is checked by onnx.checker and run by ONNX Runtime, whose result
must be torch's. Run from the repository root: python test/oracle/any-model/tiny.py

Tensors: NAME/image [1, 1, axes of the model] and NAME/probabilities [1, classes, the same axes].
"""

import json
import platform
import tempfile
import warnings
from pathlib import Path

import monai
import numpy
import onnx
import onnxruntime
import torch
from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from monai.networks.nets import AttentionUnet, BasicUNet, DynUNet, SegResNet, UNet
from onnxconverter_common import float16

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
FOLDER = Path("test/oracle/fixtures/any-model")
LARGEST = 100_000
WINDOW = (8, 16, 8)


class Activated(torch.nn.Module):
    """With the activation inside, as many exported networks have it."""

    def __init__(self, network, activation):
        super().__init__()
        self.network, self.activation = network, activation

    def forward(self, image):
        return self.activation(self.network(image))


class Labelled(torch.nn.Module):
    """Gives labels: the class with the highest logit."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image).argmax(1)


class ShuffledHeads(torch.nn.Module):
    """A DynUNet with its heads of deep supervision, the segmentation between them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        segmentation = self.network(image)
        return self.network.heads[1], segmentation, self.network.heads[0]


class FromCoarse(torch.nn.Module):
    """nnU-Net's heads of deep supervision in reverse order, the coarsest first."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return tuple(self.network(image)[::-1])


def nnunet(kind, dimensions, **more):
    conv = {2: torch.nn.Conv2d, 3: torch.nn.Conv3d}[dimensions]
    norm = {2: torch.nn.InstanceNorm2d, 3: torch.nn.InstanceNorm3d}[dimensions]
    settings = {
        "input_channels": 1,
        "n_stages": 3,
        "features_per_stage": (4, 6, 8),
        "conv_op": conv,
        "kernel_sizes": 3,
        "strides": (1, 2, 2),
        "n_conv_per_stage_decoder": (1, 1),
        "num_classes": 3,
        "conv_bias": True,
        "norm_op": norm,
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "nonlin": torch.nn.LeakyReLU,
        "nonlin_kwargs": {"inplace": True},
    }
    settings["n_conv_per_stage" if kind is PlainConvUNet else "n_blocks_per_stage"] = (1, 1, 1)
    return kind(**{**settings, **more})


def segresnet():
    norm = ("GROUP", {"num_groups": 2})
    return SegResNet(init_filters=2, out_channels=3, blocks_down=(1, 1, 1), blocks_up=(1, 1), norm=norm)


def dynunet():
    return DynUNet(
        3, 1, 3, (3, 3, 3), (1, 2, 2), (2, 2), filters=(4, 6, 8), deep_supervision=True, deep_supr_num=1
    )


def dynunet_two_heads():
    return DynUNet(
        3, 1, 3, (3, 3, 3, 3), (1, 2, 2, 2), (2, 2, 2), filters=(4, 4, 6, 6), deep_supervision=True, deep_supr_num=2
    )


def basic_unet(classes=3):
    return BasicUNet(3, 1, classes, features=(4, 4, 4, 4, 4, 4), norm=("batch", {}))


def monai_unet():
    return UNet(3, 1, 3, (4, 6, 8), (2, 2), num_res_units=1)


def entries():
    """Name, network, and how it is exported; `output` where the segmentation is not the only output."""
    yield {"name": "segresnet", "network": segresnet(), "opset": 17, "open": True}
    yield {"name": "segresnet-float16", "network": segresnet(), "opset": 17, "half": True}
    yield {"name": "segresnet-external", "network": segresnet(), "opset": 17, "external": True}
    yield {"name": "segresnet-dynamo", "network": segresnet(), "opset": 18, "dynamo": True, "external": True}
    for opset in (9, 11, 14):
        yield {"name": f"monai-unet-opset{opset}", "network": monai_unet(), "opset": opset, "open": True}
    for opset in (18, 20, 22):
        yield {"name": f"monai-unet-opset{opset}", "network": monai_unet(), "opset": opset, "dynamo": True}
    yield {
        "name": "dynunet-heads-shuffled",
        "network": dynunet_two_heads(),
        "wrap": ShuffledHeads,
        "opset": 17,
        "outputs": ["quarter", "segmentation", "half"],
        "output": "segmentation",
    }
    softmax = lambda network: Activated(network, torch.nn.Softmax(dim=1))  # noqa: E731
    sigmoid = lambda network: Activated(network, torch.nn.Sigmoid())  # noqa: E731
    yield {"name": "dynunet-softmax-opset11", "network": dynunet(), "wrap": softmax, "opset": 11, "meaning": "softmax"}
    yield {"name": "dynunet-softmax-opset13", "network": dynunet(), "wrap": softmax, "opset": 13, "meaning": "softmax"}
    yield {
        "name": "basic-unet-sigmoid",
        "network": basic_unet(),
        "wrap": sigmoid,
        "opset": 17,
        "meaning": "sigmoid",
        "window": (16, 16, 16),
    }
    yield {"name": "attention-unet", "network": AttentionUnet(3, 1, 3, (4, 6, 8), (2, 2)), "opset": 17}
    yield {"name": "dynunet-labels", "network": dynunet(), "wrap": Labelled, "opset": 17, "labels": True}
    yield {
        "name": "nnunet-heads-from-coarse",
        "network": nnunet(PlainConvUNet, 3, deep_supervision=True),
        "wrap": FromCoarse,
        "opset": 17,
        "outputs": ["coarse", "fine"],
        "output": "fine",
    }
    yield {
        "name": "nnunet-anisotropic",
        "network": nnunet(
            PlainConvUNet,
            3,
            kernel_sizes=((1, 3, 3), (3, 3, 3), (3, 3, 3)),
            strides=((1, 1, 1), (1, 2, 2), (2, 2, 2)),
        ),
        "opset": 17,
    }
    yield {"name": "nnunet-residual", "network": nnunet(ResidualEncoderUNet, 3), "opset": 16}
    yield {"name": "nnunet-2d", "network": nnunet(PlainConvUNet, 2), "opset": 17, "open": True, "window": (16, 24)}
    flat = UNet(2, 1, 3, (4, 6, 8), (2, 2), num_res_units=1, norm="batch")
    yield {"name": "monai-unet-2d-softmax-opset9", "network": flat, "wrap": softmax, "opset": 9, "window": (16, 24)}
    yield {
        "name": "unet-one-class",
        "network": UNet(3, 1, 1, (4, 6, 8), (2, 2), act="relu", norm="batch"),
        "wrap": sigmoid,
        "opset": 17,
        "meaning": "sigmoid",
    }


def settle(network, window):
    """Statistics of batch norm other than 0 and 1, and of the order of what it sees."""
    network.train()
    with torch.no_grad():
        for _ in range(5):
            network(torch.randn(2, 1, *window))
    return network.eval()


def exported(entry, folder, image):
    network = entry["network"]
    if "wrap" in entry:
        network = entry["wrap"](network).eval()
    path = folder / f"{entry['name']}.onnx"
    outputs = entry.get("outputs", ["output"])
    names = {"input_names": ["input"], "output_names": outputs, "opset_version": entry["opset"]}
    if entry.get("dynamo"):
        torch.onnx.export(
            network, (image,), str(path), dynamo=True, external_data=entry.get("external", False), verbose=False, **names
        )
        without_notes(path)
        return path, network
    axes = {axis: letter for axis, letter in enumerate("bcxyz"[: image.ndim]) if axis != 1}
    open_axes = {"input": axes, **{name: axes for name in outputs}} if entry.get("open") else None
    torch.onnx.export(network, (image,), str(path), dynamo=False, dynamic_axes=open_axes, **names)
    model = onnx.load(path)
    if entry.get("half"):
        onnx.save(float16.convert_float_to_float16(model), path)
    if entry.get("external"):
        beside = f"{path.name}.data"
        onnx.save(model, path, save_as_external_data=True, location=beside, size_threshold=256)
    return path, network


def without_notes(path):
    """The newer exporter writes Python's stack beside every node, more than there are weights in such small networks."""
    model = onnx.load(path, load_external_data=False)
    for item in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    model.graph.ClearField("metadata_props")
    path.write_bytes(model.SerializeToString())


def probabilities_of(entry, image):
    """By torch, of the bare network: heads and labels aside."""
    with torch.no_grad():
        logits = entry["network"](image)
    logits = logits[0] if isinstance(logits, (list, tuple)) else logits
    return logits.sigmoid() if entry.get("meaning") == "sigmoid" else logits.softmax(1)


def check(path, entry, image, expected):
    """ONNX Runtime's result is torch's."""
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = image.numpy().astype(numpy.float16 if entry.get("half") else numpy.float32)
    result = torch.from_numpy(session.run([entry.get("output", "output")], {"input": feed})[0])
    if entry.get("labels"):
        assert torch.equal(result, expected.argmax(1)), entry["name"]
        return
    result = result.float()
    inside = entry.get("meaning") or entry["name"].count("softmax")
    if not inside:
        result = result.softmax(1)
    assert torch.allclose(result, expected, atol=2e-2 if entry.get("half") else 1e-5), entry["name"]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    tensors, parts, offset, models = {}, [], 0, []
    for entry in entries():
        name, window = entry["name"], entry.get("window", WINDOW)
        torch.manual_seed(14)
        settle(entry["network"], window)
        image = torch.randn(1, 1, *window)
        expected = probabilities_of(entry, image)
        path, _ = exported(entry, FOLDER, image)
        check(path, entry, image, expected)
        for key, value in ((f"{name}/image", image), (f"{name}/probabilities", expected)):
            tensors[key] = {"dims": list(value.shape), "offset": offset}
            parts.append(value.numpy().astype("<f8").ravel())
            offset += value.numel()
        size = sum(file.stat().st_size for file in FOLDER.glob(f"{name}.onnx*"))
        assert size < LARGEST, (name, size)
        meaning = entry.get("meaning", "softmax" if "softmax" in name else "logits")
        opset = next(item.version for item in onnx.load(path, load_external_data=False).opset_import if item.domain == "")
        models.append({"name": name, "opset": opset, "meaning": meaning, "half": bool(entry.get("half"))})
        print(name, opset, size, flush=True)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "monai": monai.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
    index = {
        "script": "test/oracle/any-model/tiny.py",
        "versions": versions,
        "binary": "any-model/networks.bin",
        "models": models,
        "tensors": tensors,
    }
    (FOLDER / "networks.json").write_text(json.dumps(index, indent=1) + "\n")
    numpy.concatenate(parts).tofile(FOLDER / "networks.bin")


main()
