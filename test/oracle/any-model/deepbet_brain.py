"""The brain-extraction network inside the PyPI package deepbet 1.0.2 (MIT), as ONNX, with the masks of deepbet itself.

deepbet runs two networks of one architecture (LinkNet3d, two classes, softmax in the graph):
    1. the scan in RAS order, brought to 128 x 128 x 128 by nearest voxels (torch's "nearest-exact"), goes through the
       network `bbox_model`; the largest component above 0.5, with a margin of a tenth of its size, is a box;
    2. the scan inside the box, brought to 256 x 256 x 256 likewise, goes through the network `model`; the probabilities
       are brought back by nearest voxels; above 0.5, largest component, holes filled.
Before both: clipped to the 0.5th and 99.5th percentile of the scan at 128 x 128 x 128, brought to 0..1, mean 0 and
standard deviation 1, then 0.226 x + 0.449. The last two numbers are part of the exported graph, so that its input is a
plain z-score.

Writes below ANY_MODEL_OUT/deepbet, of the heads in ANY_MODEL_HEADS (T1, NIfTI; the last five are held out):
    coarse.onnx, fine.onnx              input "image" [1, 1, i, j, k] of 128 or 256 voxels each way, opset 17
    images/{fit,held-out,other}         the scans; "other" are T1 heads of other places among the unlabelled images
    masks/coarse, masks/fine            of these scans, by deepbet's own functions: of step 1 alone, and all of it
    grids/coarse, grids/fine            the inputs of the two networks, clipped, as NIfTI on their own grid
    grids/masks-coarse, grids/masks-fine    what the networks make of them in torch, above 0.5
    boxes.json                          of each scan that went through step 2 the box in RAS voxels, first and end of each axis
    seconds.json                        wall time a scan, on one thread
`compare` takes what `sureseg predict` wrote of grids/coarse/held-out and grids/fine/held-out below ours-coarse and ours-fine, and
prints Dice with the networks' masks on their grids, and with deepbet's own end result on the scan: the second mask put back into
the box, with deepbet's own last steps.
Run: python deepbet_brain.py export | predict | compare
"""

import json
import os
import sys
import time
from pathlib import Path

import nibabel
import numpy
import torch
import torch.nn.functional as F
from deepbet.bet import BrainExtraction
from deepbet.utils import keep_largest_connected_component, reoriented_nifti

import places

torch.set_num_threads(1)
OUT = places.OUT / "deepbet"
OTHERS = ("brain_mri_t1_studyforrest", "ixi_t1_IXI012", "vr_stroke_T1", "vr_seg3D_MR")
HELD_OUT = 5
SIZES = {"coarse": 128, "fine": 256}


class PlainInput(torch.nn.Module):
    """The network with deepbet's last two numbers before it. Its axes are those of RAS volumes in nibabel: [i, j, k]."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(0.226 * image + 0.449)


def networks():
    pipeline = BrainExtraction(no_gpu=True)
    return pipeline, {"coarse": pipeline.bbox_model, "fine": pipeline.model}


def export():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, network in networks()[1].items():
        size = SIZES[name]
        example = torch.zeros(1, 1, size, size, size)
        with torch.no_grad():
            traced = torch.jit.trace(PlainInput(network), example, check_trace=False)
        torch.onnx.export(
            traced,
            (example,),
            str(OUT / f"{name}.onnx"),
            input_names=["image"],
            output_names=["probabilities"],
            opset_version=17,
            dynamo=False,
        )


def shrunk_affine(affine, start, shape, size):
    """Of a part of a grid (first voxel, shape) brought to size^3 voxels: voxel centres keep their place."""
    step = numpy.asarray(shape) / size
    scaled = affine.copy()
    scaled[:3, :3] = affine[:3, :3] * step
    scaled[:3, 3] = affine[:3, 3] + affine[:3, :3] @ (numpy.asarray(start) + step / 2 - 0.5)
    return scaled


def save(array, affine, path, dtype):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array.astype(dtype), affine), path)


def normalised(values):
    return 0.226 * (values - values.mean()) / values.std() + 0.449


def coarse(pipeline, scan):
    """Step 1: the clipped scan at 128 x 128 x 128, the limits, and the probabilities on that grid."""
    small = F.interpolate(scan[None, None], (128,) * 3, mode="nearest-exact")[0, 0]
    low, high = small.quantile(0.005), small.quantile(0.995)
    with torch.no_grad():
        probabilities = pipeline.bbox_model(normalised(small.clamp(low, high))[None, None])[0, 1]
    return small.clamp(low, high), low, high, probabilities


def predict():
    pipeline, _ = networks()
    heads = sorted(Path(os.environ["ANY_MODEL_HEADS"]).glob("*.nii.gz"))
    others = [places.image_path("unlabelled", name) for name in OTHERS]
    parts = {"fit": heads[:-HELD_OUT], "held-out": heads[-HELD_OUT:], "other": others}
    seconds, boxes = {"coarse": [], "fine": []}, {}
    for part, paths in parts.items():
        places.linked(paths, OUT / "images" / part)
        for path in paths:
            image = nibabel.load(path)
            canonical = nibabel.as_closest_canonical(image)
            scan = torch.nan_to_num(torch.from_numpy(numpy.ascontiguousarray(canonical.get_fdata(dtype=numpy.float32))))
            start = time.perf_counter()
            small, low, high, probabilities = coarse(pipeline, scan)
            seconds["coarse"].append(time.perf_counter() - start)
            grid = shrunk_affine(canonical.affine, (0, 0, 0), scan.shape, 128)
            save(small.numpy(), grid, OUT / "grids" / "coarse" / part / path.name, numpy.float32)
            save((probabilities > 0.5).numpy(), grid, OUT / "grids" / "masks-coarse" / path.name, numpy.uint8)
            back = F.interpolate(probabilities[None, None], scan.shape, mode="nearest-exact")[0, 0] > 0.5
            mask = keep_largest_connected_component(back.numpy().astype(numpy.uint8))
            turned = reoriented_nifti(mask, image.affine, image.header)
            save(turned.get_fdata(), image.affine, OUT / "masks" / "coarse" / path.name, numpy.uint8)
            if part == "fit":
                continue
            start = time.perf_counter()
            _, whole, _ = pipeline.run(str(path))
            seconds["fine"].append(time.perf_counter() - start)
            save(whole.get_fdata(), image.affine, OUT / "masks" / "fine" / path.name, numpy.uint8)
            box = pipeline.bbox
            boxes[path.name] = [[side.start, side.stop] for side in box]
            large = F.interpolate(scan[box][None, None], (256,) * 3, mode="nearest-exact")[0, 0].clamp(low, high)
            with torch.no_grad():
                probabilities = pipeline.model(normalised(large)[None, None])[0, 1]
            shape = [side.stop - side.start for side in box]
            grid = shrunk_affine(canonical.affine, [side.start for side in box], shape, 256)
            save(large.numpy(), grid, OUT / "grids" / "fine" / part / path.name, numpy.float32)
            save((probabilities > 0.5).numpy(), grid, OUT / "grids" / "masks-fine" / path.name, numpy.uint8)
            print(path.name, seconds["fine"][-1], flush=True)
    places.write_json(OUT / "boxes.json", boxes)
    places.write_json(OUT / "seconds.json", {name: sum(all_) / len(all_) for name, all_ in seconds.items()})


def voxels(path):
    return numpy.asarray(nibabel.load(path).dataobj) > 0


def compare():
    pipeline, _ = networks()
    boxes = json.loads((OUT / "boxes.json").read_text())
    for name in ("coarse", "fine"):
        found = {path.name: voxels(path) for path in sorted((OUT / "grids" / f"masks-{name}").glob("*.nii.gz"))}
        ours = {case: OUT / f"ours-{name}" / case.replace(".nii.gz", "_mask.nii.gz") for case in found}
        dices = {case: places.dice(voxels(path), found[case]) for case, path in ours.items() if path.exists()}
        print(name, "on its own grid", json.dumps(dices))
    for case, box in boxes.items():
        path = OUT / "ours-fine" / case.replace(".nii.gz", "_mask.nii.gz")
        if not path.exists():
            continue
        image = nibabel.load(OUT / "masks" / "fine" / case)
        canonical = nibabel.as_closest_canonical(image)
        pipeline.bbox = tuple(slice(first, end) for first, end in box)
        mask = numpy.zeros(canonical.shape, numpy.float32)
        inside = torch.from_numpy(voxels(path).astype(numpy.float32))[None, None]
        mask[pipeline.bbox] = F.interpolate(inside, mask[pipeline.bbox].shape, mode="nearest-exact")[0, 0].numpy()
        mask = pipeline.postprocess(mask > 0.5)
        turned = reoriented_nifti(mask.astype(numpy.uint8), image.affine, image.header)
        print("on the scan", case, places.dice(turned.get_fdata() > 0, voxels(OUT / "masks" / "fine" / case)))


if __name__ == "__main__":
    {"export": export, "predict": predict, "compare": compare}[sys.argv[1]]()
