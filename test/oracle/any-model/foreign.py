"""Images that the guards should recognise, as NIfTI.

Writes below ANY_MODEL_OUT:
    foreign/whole          unlabelled images, and two of every dataset
    foreign/crops          the middle of these, as large as hippocampus images are, in voxels that are said to be of 1 mm as
                           theirs are: neither the field of view nor the spacing tells that they are foreign
    NETWORK/images/near    held-out images of a network, each altered in six ways
    deepbet/grids/coarse/{far,near}    the same for deepbet's first network, on its own grid
Run after the networks' own scripts: python foreign.py
"""

import nibabel
import numpy
from scipy import ndimage

import places

LARGEST = 2_500_000
CROP = (40, 52, 40)


def altered(values, generator):
    """Named changes that leave organ and scanner alone: what a wrong sequence, a bad coil or a wrong export would do."""
    low, high = numpy.percentile(values, [0.5, 99.5])
    span = high - low
    along = numpy.linspace(-1, 1, values.shape[0])[:, None, None]
    yield "noise", values + generator.normal(0, 0.15 * span, values.shape)
    yield "inverted", low + high - numpy.clip(values, low, high)
    yield "blurred", ndimage.gaussian_filter(values, 1.5)
    yield "bias", low + (values - low) * numpy.exp(1.2 * along)
    yield "upside-down", values[:, :, ::-1]
    yield "thick", numpy.repeat(values[:, :, ::4], 4, axis=2)[:, :, : values.shape[2]]


def save(values, affine, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values.astype(numpy.float32), affine), path)


def read(path):
    image = nibabel.load(path)
    values = image.get_fdata(dtype=numpy.float32)
    return (values if values.ndim == 3 else values[..., 0]), image.affine


def near(folder, paths):
    generator = numpy.random.default_rng(14)
    for path in paths:
        values, affine = read(path)
        for name, changed in altered(values, generator):
            save(changed, affine, folder / f"{path.name.removesuffix('.nii.gz')}-{name}.nii.gz")


def far():
    chosen = {path.name: path for path in sorted((places.DATA / "unlabelled" / "images").glob("*.nii.gz"))}
    for dataset in sorted(places.DATA.glob("*/labels")):
        for path in sorted((dataset.parent / "images").glob("*.nii.gz"))[-2:]:
            chosen[f"{dataset.parent.name}-{path.name}"] = path
    for name, path in chosen.items():
        values, affine = read(path)
        starts = [max(0, (size - length) // 2) for size, length in zip(values.shape, CROP)]
        crop = values[tuple(slice(start, start + length) for start, length in zip(starts, CROP))]
        if crop.std() > 0:
            directions = affine[:3, :3] / numpy.linalg.norm(affine[:3, :3], axis=0)
            save(crop, nibabel.affines.from_matvec(directions), places.OUT / "foreign" / "crops" / name)
        if values.size <= LARGEST:
            save(values, affine, places.OUT / "foreign" / "whole" / name)


def on_deepbet_grid():
    """As deepbet brings any image to its first network: RAS, 128 x 128 x 128 nearest voxels, clipped to percentiles."""
    import torch
    import torch.nn.functional as F
    from deepbet_brain import shrunk_affine

    out = places.OUT / "deepbet"
    near(out / "images" / "near", sorted((out / "images" / "held-out").glob("*.nii.gz")))
    folders = {"near": out / "images" / "near", "far": places.OUT / "foreign" / "whole"}
    for part, folder in folders.items():
        for path in sorted(folder.glob("*.nii.gz")):
            canonical = nibabel.as_closest_canonical(nibabel.load(path))
            scan = torch.from_numpy(numpy.ascontiguousarray(canonical.get_fdata(dtype=numpy.float32)))
            small = F.interpolate(scan[None, None], (128,) * 3, mode="nearest-exact")[0, 0]
            clipped = small.clamp(small.quantile(0.005), small.quantile(0.995))
            affine = shrunk_affine(canonical.affine, (0, 0, 0), scan.shape, 128)
            save(clipped.numpy(), affine, out / "grids" / "coarse" / part / path.name)


if __name__ == "__main__":
    far()
    for network in ("nnunet", "segresnet", "dynunet", "slices"):
        images = places.OUT / network / "images"
        near(images / "near", sorted((images / "held-out").glob("*.nii.gz")))
    on_deepbet_grid()
