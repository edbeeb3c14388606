#!/usr/bin/env python3
"""Losses, gradients and optimiser steps of PyTorch in double precision, for the tests of sureseg's training graphs.

usage: unet_gradients.py [FOLDER]      (default: fixtures/ beside this script; needs PyTorch and NumPy)

Writes five fixtures. Each is NAME.json, an index, and where there are large arrays NAME.bin: float64, little endian,
arrays one after the other, last axis fastest. In the index:

    provenance   script, library versions, seed
    binary       name of the .bin file (absent where there is none)
    tensors      {tensor name: {dims, offset}}, offset counted in elements of the .bin file

unet-gradients, unet-gradients-residual and unet-gradients-anisotropic: one network, one batch, four losses.
    architecture {patch: [D, H, W], base, levels, batch, inputChannels, outputChannels, residual, normEpsilon,
                  leakySlope, strides: [D, H, W] for each step to the next level, kernels: [D, H, W] for each level;
                  the last two only for the anisotropic network, which is residual}
    parameters   names of the parameters, in the order of the forward pass
    losses       {dice | bce | diceBce | focal: value}
    tensors      "image" [N, 1, D, H, W]; "target" [N, K, D, H, W] of 0 and 1; "weight" [N, K]; "logits" like target;
                 "parameter/P" for each parameter P; "gradient/LOSS/P": derivative of that loss by P.

    Stage l (0 = full resolution, last = "bottleneck") has base * 2^l channels. Encoder stages halve space by stride 2 in
    their first convolution, except stage 0. Decoder l: ConvTranspose3d 2x2x2 stride 2, then cat([up, skip], channels),
    then a stage. That is where strides and kernels are the same along all axes; otherwise stage l is reached with
    strides[l - 1], its convolutions have kernels[l] (padding 0 along an axis of size 1), and decoder l goes up by blocks
    of strides[l]. Names, for S in encoder0, encoder1, bottleneck, decoder1, decoder0:
        S/up/weight [in, out, 2, 2, 2]                       (decoders only, ConvTranspose3d layout, no bias)
        S/first/weight, S/second/weight [out, in, 3, 3, 3]   padding 1, no bias
        S/first/scale, S/first/shift, S/second/scale, S/second/shift [out]    InstanceNorm3d, eps 1e-5, biased variance
        S/shortcut/weight [out, in, 1, 1, 1]                 (residual network only; stride of the stage, no bias)
        head/weight [K, base, 1, 1, 1], head/bias [1, K, 1, 1, 1]
    Plain stage:     lrelu(norm(second(lrelu(norm(first(x))))))
    Residual stage:  lrelu(norm(second(lrelu(norm(first(x))))) + shortcut(x))

losses: the losses on given logits, three channels, uneven weights with zeros.
    losses       as above, and bceForeground: bce with the term of t = 1 multiplied by `foregroundWeight`, and
                 diceBceCalibration: a third each of dice, bce and the average calibration error over 20 bins
    tensors      "logits", "target" [N, K, D, H, W]; "weight" [N, K]; "gradient/LOSS": derivative by the logits.

The losses, with p = sigmoid(logit), t = target, sums and means over the voxels of one sample and one channel:
    dice     1 - (2 sum(p t) + 1e-5) / (sum(p) + sum(t) + 1e-5)
    bce      mean of -(t log p + (1 - t) log(1 - p))
    diceBce  dice + bce
    focal    mean of (1 - pt)^2 * bce of the voxel, pt = p where t = 1, 1 - p where t = 0
each then averaged over samples and channels by the weights: sum(weight * loss) / sum(weight).

optimisers: five steps of each optimiser on fixed gradients, with and without clipping. All in the .json.
    parameters   {"weight": {dims, data}, "bias": {dims, data}} before the first step
    steps        a list: {learningRate, gradients: {weight: [...], bias: [...]}, norm: global norm of the gradients}
    runs         a list: {optimiser: "adam" | "adamw" | "sgd", options, clip: null | 1.0,
                 after: [{weight: [...], bias: [...]} after each step]}
    options      adam: beta1, beta2, epsilon, weightDecay (0, or added to the gradient); adamw: the same, weight decay
                 decoupled; sgd: momentum, weightDecay (added to the gradient). No Nesterov, no dampening.
    Clipping comes first: it multiplies all gradients by min(1, clip / (norm + 1e-6)), as
    torch.nn.utils.clip_grad_norm_ does.
"""
import json
import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import nn

SEED = 2004
OUTPUT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "fixtures"
PROVENANCE = {
    "script": "test/oracle/unet_gradients.py",
    "torch": torch.__version__,
    "numpy": numpy.__version__,
    "seed": SEED,
}
EPSILON, SLOPE, SMOOTH, FOREGROUND_WEIGHT = 1e-5, 0.01, 1e-5, 3.0
CALIBRATION_BINS = 20

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Stage(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, residual):
        super().__init__()
        padding = tuple(size // 2 for size in kernel)
        self.first = nn.Conv3d(inputs, outputs, kernel, stride, padding, bias=False)
        self.first_norm = nn.InstanceNorm3d(outputs, eps=EPSILON, affine=True)
        self.second = nn.Conv3d(outputs, outputs, kernel, 1, padding, bias=False)
        self.second_norm = nn.InstanceNorm3d(outputs, eps=EPSILON, affine=True)
        self.shortcut = nn.Conv3d(inputs, outputs, 1, stride, bias=False) if residual else None

    def forward(self, x):
        y = F.leaky_relu(self.first_norm(self.first(x)), SLOPE)
        y = self.second_norm(self.second(y))
        if self.shortcut is not None:
            y = y + self.shortcut(x)
        return F.leaky_relu(y, SLOPE)


class Decoder(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, residual):
        super().__init__()
        self.up = nn.ConvTranspose3d(inputs, outputs, stride, stride, bias=False)
        self.stage = Stage(2 * outputs, outputs, kernel, 1, residual)

    def forward(self, x, skip):
        return self.stage(torch.cat([self.up(x), skip], 1))


class UNet(nn.Module):
    def __init__(self, base, levels, inputs, outputs, residual, strides=None, kernels=None):
        super().__init__()
        channels = [base * 2**level for level in range(levels)]
        strides = strides or [(2, 2, 2)] * (levels - 1)
        kernels = kernels or [(3, 3, 3)] * levels
        self.levels = levels
        for level in range(levels):
            before = channels[level - 1] if level else inputs
            stride = strides[level - 1] if level else 1
            self.add_module(self.encoder(level), Stage(before, channels[level], kernels[level], stride, residual))
        for level in range(levels - 2, -1, -1):
            decoder = Decoder(channels[level + 1], channels[level], kernels[level], strides[level], residual)
            self.add_module(f"decoder{level}", decoder)
        self.head = nn.Conv3d(base, outputs, 1)

    def encoder(self, level):
        return "bottleneck" if level == self.levels - 1 else f"encoder{level}"

    def forward(self, x):
        skips = []
        for level in range(self.levels):
            x = getattr(self, self.encoder(level))(x)
            skips.append(x)
        for level in range(self.levels - 2, -1, -1):
            x = getattr(self, f"decoder{level}")(x, skips[level])
        return self.head(x)


def fixture_name(name):
    """encoder0.first_norm.weight -> encoder0/first/scale"""
    if "_norm." in name:
        name = name.replace("_norm.weight", ".scale").replace("_norm.bias", ".shift")
    return name.replace(".stage.", ".").replace(".", "/")


def fixture_dims(name, value):
    return value.reshape(1, -1, 1, 1, 1) if name == "head/bias" else value


def losses_of(logits, target, weight):
    p = torch.sigmoid(logits)
    space = (2, 3, 4)
    overlap, size = (p * target).sum(space), p.sum(space) + target.sum(space)
    voxel_bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    right = torch.where(target > 0.5, p, 1 - p)

    def average(loss):
        return (weight * loss).sum() / weight.sum()

    dice = average(1 - (2 * overlap + SMOOTH) / (size + SMOOTH))
    bce = average(voxel_bce.mean(space))
    focal = average(((1 - right) ** 2 * voxel_bce).mean(space))
    return {"dice": dice, "bce": bce, "diceBce": dice + bce, "focal": focal}


def bce_foreground(logits, target, weight):
    factor = torch.tensor(FOREGROUND_WEIGHT)
    voxel = F.binary_cross_entropy_with_logits(logits, target, reduction="none", pos_weight=factor)
    return (weight * voxel.mean((2, 3, 4))).sum() / weight.sum()


class Binary:
    """Collects tensors; writes them as one file and says where each is."""

    def __init__(self):
        self.tensors, self.parts, self.offset = {}, [], 0

    def add(self, name, value):
        array = value.detach().numpy()
        self.tensors[name] = {"dims": list(array.shape), "offset": self.offset}
        self.parts.append(array.astype("<f8").tobytes())
        self.offset += array.size

    def write(self, name, facts):
        (OUTPUT / f"{name}.bin").write_bytes(b"".join(self.parts))
        write_index(name, {**facts, "binary": f"{name}.bin", "tensors": self.tensors})


def write_index(name, facts):
    text = json.dumps({"provenance": PROVENANCE, **facts}, separators=(",", ":"))
    (OUTPUT / f"{name}.json").write_text(text + "\n")


def write_network(name, residual, patch=(8, 12, 16), **geometry):
    torch.manual_seed(SEED)
    base, levels, batch, outputs = 2, 3, 2, 1
    network = UNet(base, levels, 1, outputs, residual, **geometry)
    parameters = {fixture_name(key): value for key, value in network.named_parameters()}
    with torch.no_grad():
        for key, parameter in parameters.items():
            noise = torch.randn(parameter.shape)
            if key.endswith("weight"):
                parameter.copy_(noise * (2 / parameter[0].numel()) ** 0.5)
            else:
                parameter.copy_(float(key.endswith("scale")) + 0.2 * noise)
    image = torch.randn(batch, 1, *patch)
    target = (image + 0.5 * torch.randn(batch, outputs, *patch) > 0.6).double()
    weight = torch.tensor([[1.0], [0.4]])

    logits = network(image)
    losses = losses_of(logits, target, weight)
    binary = Binary()
    for key, value in {"image": image, "target": target, "weight": weight, "logits": logits}.items():
        binary.add(key, value)
    for key, value in parameters.items():
        binary.add(f"parameter/{key}", fixture_dims(key, value))
    for loss_name, loss in losses.items():
        gradients = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True)
        for key, gradient in zip(parameters, gradients):
            binary.add(f"gradient/{loss_name}/{key}", fixture_dims(key, gradient))
    binary.write(name, {
        "architecture": {
            "patch": patch, "base": base, "levels": levels, "batch": batch, "inputChannels": 1,
            "outputChannels": outputs, "residual": residual, "normEpsilon": EPSILON, "leakySlope": SLOPE,
            **geometry,
        },
        "parameters": list(parameters),
        "losses": {key: loss.item() for key, loss in losses.items()},
    })


def dice_bce_calibration(logits, target, weight):
    """Dice, cross-entropy and hard-binned L1 average calibration error (arXiv 2506.03942), a third each."""
    probability = torch.sigmoid(logits)
    borders = torch.linspace(0, 1 + torch.finfo(torch.float32).eps, CALIBRATION_BINS + 1)
    bins = torch.bucketize(probability.detach(), borders[1:])
    errors = torch.zeros(logits.shape[:2])
    for sample in range(logits.shape[0]):
        for channel in range(logits.shape[1]):
            p, t, own = probability[sample, channel], target[sample, channel], bins[sample, channel]
            gaps = [(p[own == b].mean() - t[own == b].mean()).abs() for b in own.unique()]
            errors[sample, channel] = torch.stack(gaps).mean()
    calibration = (errors * weight).sum() / weight.sum()
    parts = losses_of(logits, target, weight)
    return (parts["dice"] + parts["bce"] + calibration) / 3


def write_losses():
    torch.manual_seed(SEED + 1)
    dims = (2, 3, 3, 4, 5)
    logits = (3 * torch.randn(dims)).requires_grad_()
    target = (torch.rand(dims) < 0.4).double()
    # A structure that is absent and one that fills the patch.
    target[0, 1] = 0
    target[1, 2] = 1
    weight = torch.tensor([[1.0, 0.5, 0.0], [0.0, 2.0, 0.25]])
    losses = {**losses_of(logits, target, weight), "bceForeground": bce_foreground(logits, target, weight)}
    losses["diceBceCalibration"] = dice_bce_calibration(logits, target, weight)
    binary = Binary()
    for key, value in {"logits": logits, "target": target, "weight": weight}.items():
        binary.add(key, value)
    for key, loss in losses.items():
        binary.add(f"gradient/{key}", torch.autograd.grad(loss, logits, retain_graph=True)[0])
    binary.write("losses", {
        "foregroundWeight": FOREGROUND_WEIGHT,
        "losses": {key: loss.item() for key, loss in losses.items()},
    })


def flat(tensors):
    return {key: value.detach().flatten().tolist() for key, value in tensors.items()}


def run_optimiser(maker, options, clip, start, rates, gradients):
    parameters = {key: nn.Parameter(value.clone()) for key, value in start.items()}
    optimiser = maker(parameters.values(), lr=rates[0], **options)
    after = []
    for rate, gradient in zip(rates, gradients):
        for group in optimiser.param_groups:
            group["lr"] = rate
        for key, parameter in parameters.items():
            parameter.grad = gradient[key].clone()
        if clip is not None:
            nn.utils.clip_grad_norm_(parameters.values(), clip)
        optimiser.step()
        after.append(flat(parameters))
    return after


def write_optimisers():
    torch.manual_seed(SEED + 2)
    start = {"weight": torch.randn(3, 4), "bias": torch.randn(5)}
    # Norms on both sides of the clipping limit, so that some steps are clipped and some are not.
    scales, rates = (2.0, 0.1, 1.0, 0.05, 5.0), (0.01, 0.01, 0.02, 0.005, 0.005)
    gradients = [{key: scale * torch.randn(value.shape) for key, value in start.items()} for scale in scales]
    gradients[2]["bias"][1] = 0.0

    adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    runs = []
    for name, options in (
        ("adam", {**adam, "weightDecay": 0.0}),
        ("adam", {**adam, "weightDecay": 0.01}),
        ("adamw", {**adam, "weightDecay": 0.01}),
        ("sgd", {"momentum": 0.9, "weightDecay": 0.01}),
    ):
        arguments = {"weight_decay": options["weightDecay"]}
        if name == "sgd":
            maker = torch.optim.SGD
            arguments.update(momentum=options["momentum"], nesterov=False)
        else:
            maker = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
            arguments.update(betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
        for clip in (None, 1.0):
            after = run_optimiser(maker, arguments, clip, start, rates, gradients)
            runs.append({"optimiser": name, "options": options, "clip": clip, "after": after})
    write_index("optimisers", {
        "parameters": {
            key: {"dims": list(value.shape), "data": value.flatten().tolist()} for key, value in start.items()
        },
        "steps": [
            {
                "learningRate": rate,
                "gradients": flat(gradient),
                "norm": torch.cat([value.flatten() for value in gradient.values()]).norm().item(),
            }
            for rate, gradient in zip(rates, gradients)
        ],
        "runs": runs,
    })


OUTPUT.mkdir(parents=True, exist_ok=True)
# Three different lengths and every axis with a pattern of its own, so that swapped axes show.
write_network("unet-gradients", residual=False)
write_network("unet-gradients-residual", residual=True)
write_network(
    "unet-gradients-anisotropic",
    residual=True,
    patch=(6, 8, 10),
    strides=[(1, 2, 2), (2, 2, 1)],
    kernels=[(1, 3, 3), (3, 3, 3), (3, 3, 1)],
)
write_losses()
write_optimisers()
