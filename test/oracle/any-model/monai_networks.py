"""MONAI's SegResNet and DynUNet, trained on the hippocampus with MONAI's usual recipe, as ONNX and as a MONAI bundle.

Writes below ANY_MODEL_OUT/segresnet and ANY_MODEL_OUT/dynunet:
    model.onnx                 SegResNet: logits, open sizes, opset 17.
                               DynUNet: the heads of deep supervision as outputs too, the right one neither first nor last
    configs/inference.json     as in MONAI's model zoo; the masks below come from running this very file
    masks                      of the held-out images: preprocessing, inferer and postprocessing of inference.json
    seconds.json               wall time of preprocessing, inference and postprocessing of one image, on one thread
Axes of both networks are those of nibabel: [i, j, k].
Run: python monai_networks.py segresnet|dynunet train|export|predict
"""

import sys
import time

import monai
import nibabel
import numpy
import torch
from monai.bundle import ConfigParser
from monai.losses import DiceCELoss
from monai.networks.nets import DynUNet
from monai.transforms import (
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    RandCropByPosNegLabeld,
    RandFlipd,
    RandScaleIntensityd,
    RandShiftIntensityd,
    SpatialPadd,
)

import places

torch.set_num_threads(1)
DATASET = "msd_hippocampus_mri"
UPDATES = {"segresnet": 240, "dynunet": 240}

NETWORKS = {
    "segresnet": {
        "_target_": "SegResNet",
        "spatial_dims": 3,
        "init_filters": 8,
        "in_channels": 1,
        "out_channels": 3,
        "blocks_down": [1, 2, 2],
        "blocks_up": [1, 1],
    },
    "dynunet": {
        "_target_": "DynUNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 3,
        "filters": [8, 16, 32, 64],
        "kernel_size": [3, 3, 3, 3],
        "strides": [1, 2, 2, 2],
        "upsample_kernel_size": [2, 2, 2],
        "norm_name": "instance",
        "deep_supervision": True,
        "deep_supr_num": 2,
    },
}
INTENSITIES = {
    "segresnet": {"_target_": "NormalizeIntensityd", "keys": "image", "nonzero": True, "channel_wise": True},
    "dynunet": {
        "_target_": "ScaleIntensityRangePercentilesd",
        "keys": "image",
        "lower": 1,
        "upper": 99,
        "b_min": 0.0,
        "b_max": 1.0,
        "clip": True,
    },
}
INFERERS = {
    "segresnet": {
        "_target_": "SlidingWindowInferer",
        "roi_size": [32, 48, 32],
        "sw_batch_size": 1,
        "overlap": 0.5,
        "mode": "gaussian",
    },
    "dynunet": {
        "_target_": "SlidingWindowInferer",
        "roi_size": [32, 32, 32],
        "sw_batch_size": 1,
        "overlap": 0.25,
        "mode": "constant",
    },
}


def inference(name):
    """The inference.json of a bundle, laid out as in the model zoo."""
    return {
        "imports": ["$import glob", "$import os"],
        "bundle_root": ".",
        "output_dir": "$@bundle_root + '/eval'",
        "dataset_dir": "./images",
        "datalist": "$list(sorted(glob.glob(@dataset_dir + '/*.nii.gz')))",
        "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        "network_def": NETWORKS[name],
        "network": "$@network_def.to(@device)",
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "EnsureChannelFirstd", "keys": "image"},
                {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
                {"_target_": "Spacingd", "keys": "image", "pixdim": [1.0, 1.0, 1.0], "mode": "bilinear"},
                INTENSITIES[name],
                {"_target_": "EnsureTyped", "keys": "image"},
            ],
        },
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': i} for i in @datalist]",
            "transform": "@preprocessing",
        },
        "dataloader": {
            "_target_": "DataLoader",
            "dataset": "@dataset",
            "batch_size": 1,
            "shuffle": False,
            "num_workers": 0,
        },
        "inferer": INFERERS[name],
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
                {"_target_": "SaveImaged", "keys": "pred", "output_dir": "@output_dir"},
            ],
        },
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
        },
        "run": ["$@evaluator.run()"],
    }


def parsed(name):
    parser = ConfigParser(inference(name))
    parser["postprocessing"]["transforms"] = parser["postprocessing"]["transforms"][:-1]  # Masks are written below.
    return parser


def train(name):
    monai.utils.set_determinism(seed=14)
    network = parsed(name).get_parsed_content("network_def")
    both = ["image", "label"]
    intensities = ConfigParser({"step": INTENSITIES[name]}).get_parsed_content("step")
    size = INFERERS[name]["roi_size"]
    fixed = Compose([LoadImaged(both), EnsureChannelFirstd(both), intensities, SpatialPadd(both, size)])
    varied = Compose(
        [
            RandCropByPosNegLabeld(both, "label", size, pos=2, neg=1, num_samples=2),
            RandFlipd(both, prob=0.5, spatial_axis=1),
            RandScaleIntensityd("image", factors=0.1, prob=0.5),
            RandShiftIntensityd("image", offsets=0.1, prob=0.5),
        ]
    )
    names = places.cases(DATASET, "train")
    data = [
        fixed({"image": places.image_path(DATASET, case), "label": places.label_path(DATASET, case)}) for case in names
    ]
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    loss_of = DiceCELoss(to_onehot_y=True, softmax=True)
    generator = numpy.random.default_rng(14)
    network.train()
    for update in range(UPDATES[name]):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - update / UPDATES[name]) ** 0.9
        crops = varied(data[generator.integers(len(data))])
        image = torch.stack([crop["image"] for crop in crops]).as_tensor()
        label = torch.stack([crop["label"] for crop in crops]).as_tensor()
        found = network(image)
        # DynUNet stacks its heads, enlarged to the image's grid, along an axis of their own.
        heads = torch.unbind(found, dim=1) if found.ndim == 6 else [found]
        loss = sum(loss_of(head, label) * 0.5**depth for depth, head in enumerate(heads))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if update % 20 == 0:
            print(name, update, float(loss.detach()), flush=True)
    (places.OUT / name).mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), places.OUT / name / "model.pt")


class WithHeads(torch.nn.Module):
    """A DynUNet whose outputs are a coarse head, the segmentation, and another coarse head."""

    def __init__(self, network: DynUNet):
        super().__init__()
        self.network = network

    def forward(self, image):
        segmentation = self.network(image)
        half, quarter = self.network.heads[:2]
        return quarter, segmentation, half


def trained(name):
    network = parsed(name).get_parsed_content("network_def")
    network.load_state_dict(torch.load(places.OUT / name / "model.pt"))
    return network.eval()


def export(name):
    places.write_json(places.OUT / name / "configs" / "inference.json", inference(name))
    network = trained(name)
    outputs = ["logits"]
    if name == "dynunet":
        network, outputs = WithHeads(network), ["head_of_quarter", "segmentation", "head_of_half"]
    axes = {2: "i", 3: "j", 4: "k"}
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, *INFERERS[name]["roi_size"]),),
        str(places.OUT / name / "model.onnx"),
        input_names=["image"],
        output_names=outputs,
        dynamic_axes={"image": axes, **({"logits": axes} if name == "segresnet" else {})},
        opset_version=17,
        dynamo=False,
    )


def predict(name):
    parser = parsed(name)
    network = trained(name)
    before, after, inferer = (parser.get_parsed_content(part) for part in ("preprocessing", "postprocessing", "inferer"))
    seconds, scores = [], {1: [], 2: []}
    for case in places.cases(DATASET, "held-out"):
        path = places.image_path(DATASET, case)
        start = time.perf_counter()
        item = before({"image": str(path)})
        with torch.no_grad():
            item["pred"] = inferer(item["image"][None], network)[0]
        mask = after(item)["pred"][0].numpy()
        seconds.append(time.perf_counter() - start)
        places.save_mask(mask, path, places.OUT / name / "masks" / path.name)
        label = numpy.asarray(nibabel.load(places.label_path(DATASET, case)).dataobj)
        for value, of_label in scores.items():
            of_label.append(places.dice(mask == value, label == value))
    accuracy = {value: sum(all_) / len(all_) for value, all_ in scores.items()}
    print(name, "Dice with the reference", accuracy)
    places.write_json(places.OUT / name / "seconds.json", {"seconds": sum(seconds) / len(seconds), "dice": accuracy})
    places.lay_out(name, DATASET)


if __name__ == "__main__":
    {"train": train, "export": export, "predict": predict}[sys.argv[2]](sys.argv[1])
