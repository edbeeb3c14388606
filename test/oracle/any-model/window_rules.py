"""Which rule of windows moves MONAI's masks, and how far: Dice with MONAI's own masks when one rule after the other is ours.

The network runs in torch throughout, on MONAI's prepared image, so that nothing differs but the rules. From MONAI's to ours:
    logits          windows at MONAI's places, MONAI's weights, logits averaged: MONAI itself
    probabilities   probabilities averaged
    weights         a plain Gaussian; MONAI's never falls below a thousandth ("gaussian"), or is flat ("constant")
    places          windows at multiples of the network's stride, zeros beyond the image's far ends alone
Run: python window_rules.py segresnet|dynunet
"""

import itertools
import sys

import nibabel
import numpy
import torch

import monai_networks
import places

STRIDES = {"segresnet": 4, "dynunet": 8}


def starts_monai(length, size, overlap):
    step = max(1, int(size * (1 - overlap)))
    count = -(-(length - size) // step) + 1
    return [min(n * step, length - size) for n in range(count)]


def starts_ours(length, size, overlap, stride):
    step = max(stride, int(size * (1 - overlap)) // stride * stride)
    gaps = -(-(length - size) // step)
    return [0] if gaps == 0 else [round(n * (length - size) / gaps / stride) * stride for n in range(gaps + 1)]


def weights(size, mode, floor):
    if mode == "constant":
        return torch.ones(size)
    whole = torch.ones(())
    for length in size:
        line = torch.exp(-0.5 * ((torch.arange(length) - (length - 1) / 2) / (length / 8)) ** 2)
        whole = whole.unsqueeze(-1) * line
    return whole.clamp(min=floor) if floor > 0 else whole


def blended(image, network, settings, rules):
    size, overlap = settings["roi_size"], settings["overlap"]
    shape = image.shape[2:]
    if "places" in rules:
        stride = rules["places"]
        whole = [max(-(-length // stride) * stride, window) for length, window in zip(shape, size)]
        low = [0, 0, 0]
        starts = [starts_ours(length, window, overlap, stride) for length, window in zip(whole, size)]
    else:
        whole = [max(length, window) for length, window in zip(shape, size)]
        low = [(after - before) // 2 for before, after in zip(shape, whole)]
        starts = [starts_monai(length, window, overlap) for length, window in zip(whole, size)]
    inside = tuple(slice(start, start + length) for start, length in zip(low, shape))
    padded = torch.zeros(1, 1, *whole)
    padded[(0, 0, *inside)] = image[0, 0]
    mode, floor = ("gaussian", 0) if "weights" in rules else (settings["mode"], 1e-3)
    weight = weights(size, mode, floor)
    total, norm = torch.zeros(3, *whole), torch.zeros(whole)
    for start in itertools.product(*starts):
        window = tuple(slice(at, at + length) for at, length in zip(start, size))
        with torch.no_grad():
            found = network(padded[(slice(None), slice(None), *window)])[0]
        total[(slice(None), *window)] += weight * (found.softmax(0) if "probabilities" in rules else found)
        norm[window] += weight
    return (total / norm)[(slice(None), *inside)].argmax(0).numpy()


def main(name):
    parser, network = monai_networks.parsed(name), monai_networks.trained(name)
    before = parser.get_parsed_content("preprocessing")
    settings = monai_networks.INFERERS[name]
    stages = [("logits", {})]
    for rule in ("probabilities", "weights", "places"):
        stages.append((rule, {**stages[-1][1], rule: STRIDES[name]}))
    scores = {stage: [] for stage, _ in stages}
    for case in places.cases(monai_networks.DATASET, "held-out"):
        path = places.image_path(monai_networks.DATASET, case)
        image = before({"image": str(path)})["image"][None].as_tensor()
        theirs = numpy.asarray(nibabel.load(places.OUT / name / "masks" / path.name).dataobj)
        for stage, rules in stages:
            mask = blended(image, network, settings, rules)
            scores[stage] += [places.dice(mask == value, theirs == value) for value in (1, 2)]
    result = {stage: {"mean": float(numpy.mean(all_)), "least": float(min(all_))} for stage, all_ in scores.items()}
    places.write_json(places.OUT / name / "window-rules.json", result)
    print(name, result)


if __name__ == "__main__":
    main(sys.argv[1])
