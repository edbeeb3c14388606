"""MONAI's DynUNet on the split of a sureseg run, by the recipe of MONAI's own dynunet_pipeline tutorial.

Residual-free DynUNet with deep supervision, DiceCELoss, SGD with Nesterov momentum 0.99 from 1e-2 with polynomial decay (over the
budget of wall time), patches by RandCropByPosNegLabel (one in two on the organ), zoom, rotation, noise, smoothing, intensity
scaling and flips; images are brought to the median spacing of their dataset (an axis more than three times as coarse as the
finest keeps nnU-Net's tenth percentile), cropped to the foreground and standardised over it (CT is clipped first). Windows overlap
by a half, with Gaussian weights.

With several datasets in the split, every batch is mixed and a dataset is drawn in proportion to the square root of its size, as
MultiTalent does (C. Ulrich et al., MICCAI 2023). One channel for the organ of whatever dataset an image is from. The spacing is
that of the image's dataset, in prediction too: this contender is told what sureseg has to find out.

usage: train_monai.py SPLIT.json MINUTES [THREADS] [BATCH]
"""

import json
import sys

import numpy
import torch
import yardstick
from monai import transforms
from monai.inferers import SlidingWindowInferer
from monai.losses import DeepSupervisionLoss, DiceCELoss
from monai.networks.nets import DynUNet

import nibabel

split, minutes = yardstick.Split(sys.argv[1]), float(sys.argv[2])
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
datasets = sorted({case.dataset for case in split.training})
BATCH = int(sys.argv[4]) if len(sys.argv) > 4 else (2 if len(datasets) == 1 else 4)
CONTENDER = "monai"
# Voxels of a patch: what two cores can learn from in half an hour; nnU-Net's own plan has as many for small images.
PATCH_VOXELS = 64**3
torch.set_num_threads(THREADS)
random = numpy.random.default_rng(1)
torch.manual_seed(1)


def spacing_of(dataset):
    """Median over the training images, in mm; nnU-Net's rule for the coarse axis of anisotropic ones."""
    zooms = numpy.array(
        [nibabel.as_closest_canonical(nibabel.load(case.image)).header.get_zooms()[:3]
         for case in split.training if case.dataset == dataset]
    )
    median = numpy.median(zooms, axis=0)
    coarse = int(median.argmax())
    if median[coarse] > 3 * median.min():
        median[coarse] = max(numpy.percentile(zooms[:, coarse], 10), median.min())
    return [float(value) for value in median]


SPACINGS = {dataset: spacing_of(dataset) for dataset in datasets}


def preparation(dataset, modality, keys):
    """The same for training and prediction; its inverse brings probabilities back."""
    modes = ["bilinear" if key == "image" else "nearest" for key in keys]
    steps = [
        transforms.EnsureChannelFirstd(keys, channel_dim="no_channel"),
        transforms.Orientationd(keys, axcodes="RAS", labels=None),
        transforms.Spacingd(keys, pixdim=SPACINGS[dataset], mode=modes),
    ]
    if modality == "CT":
        steps.append(transforms.ScaleIntensityRanged("image", -1000, 1000, -1000, 1000, clip=True))
    return [*steps, transforms.NormalizeIntensityd("image", nonzero=modality != "CT")]


def loaded(case, keys):
    image = nibabel.load(case.image)
    item = {"image": transforms.LoadImage(image_only=True)(case.image).float()}
    if "label" in keys:
        item["label"] = item["image"].clone()
        item["label"][:] = torch.from_numpy(case.organ().astype(numpy.float32)).reshape(image.shape[:3])
    return item


def prepared(case):
    keys = ["image", "label"]
    item = transforms.Compose(preparation(case.dataset, case.modality, keys))(loaded(case, keys))
    # All of ten datasets are in memory at once.
    item["label"] = item["label"].to(torch.uint8)
    return item


def patch_of(images):
    """As nnU-Net plans it: of the median size, halved where it is largest until it has few enough voxels; multiples of 8."""
    median = numpy.median([image.shape[1:] for image in images], axis=0)
    size = numpy.maximum(16, 8 * numpy.ceil(median / 8)).astype(int)
    while size.prod() > PATCH_VOXELS:
        size[size.argmax()] -= 8
    return [int(value) for value in size]


def variation(patch):
    keys = ["image", "label"]
    return transforms.Compose([
        transforms.SpatialPadd(keys, patch),
        transforms.RandCropByPosNegLabeld(keys, "label", patch, pos=1, neg=1, num_samples=1),
        transforms.RandZoomd(keys, 0.15, 0.9, 1.2, mode=["trilinear", "nearest"]),
        transforms.RandRotated(keys, 0.3, 0.3, 0.3, prob=0.2, mode=["bilinear", "nearest"]),
        transforms.RandGaussianNoised("image", 0.15, std=0.1),
        transforms.RandGaussianSmoothd("image", (0.5, 1.15), (0.5, 1.15), (0.5, 1.15), prob=0.15),
        transforms.RandScaleIntensityd("image", 0.3, prob=0.15),
        transforms.RandFlipd(keys, 0.5, 0),
        transforms.RandFlipd(keys, 0.5, 1),
        transforms.RandFlipd(keys, 0.5, 2),
    ])


def network_of(patch):
    """Halved along each axis while eight voxels are left, as the tutorial's get_kernels_strides does."""
    size, strides = numpy.array(patch), [[1, 1, 1]]
    while len(strides) < 6:
        stride = [2 if value >= 8 and value % 2 == 0 else 1 for value in size]
        if max(stride) == 1:
            break
        strides.append(stride)
        size = size // stride
    kernels = [[3, 3, 3]] * len(strides)
    filters = [min(320, 32 * 2**level) for level in range(len(strides))]
    supervised = min(3, len(strides) - 2)
    return DynUNet(
        3, 1, 1, kernels, strides, strides[1:], filters=filters, norm_name="instance",
        deep_supervision=supervised > 0, deep_supr_num=max(1, supervised),
    )


class Batches:
    """Mixed over datasets, each drawn in proportion to the square root of its size."""

    def __init__(self, items, patch):
        self.items, self.vary = items, variation(patch)
        sizes = numpy.sqrt([len(items[dataset]) for dataset in datasets])
        self.shares = sizes / sizes.sum()

    def next(self):
        patches = []
        for dataset in random.choice(datasets, BATCH, p=self.shares):
            own = self.items[dataset]
            patches.append(self.vary(own[random.integers(len(own))])[0])
        return [torch.stack([patch[key].as_tensor().float() for patch in patches]) for key in ("image", "label")]


def train(network, patch, items):
    batches = Batches(items, patch)
    loss_of = DeepSupervisionLoss(DiceCELoss(sigmoid=True, squared_pred=False, batch=False))
    optimiser = torch.optim.SGD(network.parameters(), 1e-2, momentum=0.99, weight_decay=3e-5, nesterov=True)
    kept = {}

    def step(share):
        for group in optimiser.param_groups:
            group["lr"] = yardstick.polynomial(1e-2, share)
        image, label = batches.next()
        optimiser.zero_grad()
        outputs = network(image)
        heads = list(torch.unbind(outputs, 1)) if outputs.dim() == 6 else outputs
        loss = loss_of(heads, label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 12)
        optimiser.step()
        return loss.item()

    def keep(at):
        kept[at] = {key: value.clone() for key, value in network.state_dict().items()}

    network.train()
    return kept, yardstick.train_until(minutes, step, keep)


@torch.no_grad()
def predict(network, patch, weights, folder):
    network.load_state_dict(weights)
    network.eval()
    inferer = SlidingWindowInferer(patch, sw_batch_size=1, overlap=0.5, mode="gaussian")
    for case in split.test:
        steps = transforms.Compose(preparation(case.dataset, case.modality, ["image"]))
        item = steps(loaded(case, ["image"]))
        logits = inferer(item["image"].as_tensor()[None], network)
        item["image"].set_array(torch.sigmoid(logits[0]))
        # Back through spacing and orientation; intensities have no inverse and are left out.
        back = transforms.Compose(steps.transforms[:3]).inverse(item)
        yardstick.save_probability(case, back["image"].as_tensor().squeeze().clamp(0, 1).numpy(), folder)


if __name__ == "__main__":
    items = {dataset: [] for dataset in datasets}
    for case in split.training:
        items[case.dataset].append(prepared(case))
    patch = patch_of([item["image"] for own in items.values() for item in own])
    network = network_of(patch)
    kept, steps = train(network, patch, items)
    for at, weights in kept.items():
        predict(network, patch, weights, split.folder(CONTENDER, at))
    facts = {"contender": CONTENDER, "minutes": minutes, "threads": THREADS, "steps": steps, "patch": patch, "batch": BATCH}
    (split.folder(CONTENDER) / "facts.json").write_text(json.dumps({**facts, "spacings": SPACINGS}))
