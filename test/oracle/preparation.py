"""Intensity preparation and grids in NumPy and nibabel, double precision, for src/volume/preparation.ts.

Writes test/oracle/fixtures/preparation.json and preparation.bin (float64). Run from the repository root:
    python test/oracle/preparation.py

Tensors, voxels in the order of the file's own axes, the first running fastest: `NAME/image` [channels, k, j, i] as in
the file, and `NAME/prepared` [channels, k, j, i] in canonical orientation (nibabel.as_closest_canonical), clipped and
with mean 0 and standard deviation 1 in each channel. `affine` and `preparedAffine` are the grids'.
"""

import json
from pathlib import Path

import nibabel
import numpy as np

FOLDER = Path("test/oracle/fixtures")
random = np.random.default_rng(1123)
tensors, parts, offset, cases = {}, [], 0, []


def keep(name, volume):
    global offset
    values = np.moveaxis(volume, 3, 0).transpose(0, 3, 2, 1)
    tensors[name] = {"dims": list(values.shape), "offset": offset}
    parts.append(values.astype(np.float64).ravel())
    offset += values.size


def add(name, modality, image, affine, window=None, percentiles=(0.5, 99.5)):
    canonical = nibabel.as_closest_canonical(nibabel.Nifti1Image(image, affine))
    channels = []
    for channel in np.moveaxis(np.asarray(canonical.dataobj, dtype=np.float64), 3, 0):
        low, high = window if modality == "CT" else np.percentile(channel, percentiles)
        clipped = np.clip(channel, low, high)
        channels.append((clipped - clipped.mean()) / clipped.std())
    keep(f"{name}/image", image)
    keep(f"{name}/prepared", np.stack(channels, axis=3))
    cases.append(
        {
            "name": name,
            "modality": modality,
            "ctWindow": list(window or (-1000, 2000)),
            "percentiles": list(percentiles),
            "affine": np.asarray(affine, float).ravel().tolist(),
            "preparedAffine": canonical.affine.ravel().tolist(),
        }
    )


def grid(code, spacing, origin):
    axes = nibabel.orientations.axcodes2ornt(code)
    affine = np.zeros((4, 4))
    for axis, (towards, flip) in enumerate(axes):
        affine[int(towards), axis] = flip * spacing[axis]
    affine[:3, 3] = origin
    affine[3, 3] = 1
    return affine


ct = np.round(random.normal(0, 900, size=(7, 6, 5, 1))).astype(np.float32)
add("ct-default", "CT", ct, grid("RAS", (1, 2, 3), (-4, 5, 6)), window=(-1000, 2000))
add("ct-narrow", "CT", ct, grid("LPS", (1, 1, 1), (0, 0, 0)), window=(-150, 250))
mr = random.gamma(2, 80, size=(6, 9, 4, 1)).astype(np.float32)
add("mr-default", "MR", mr, grid("PIR", (0.5, 0.75, 4), (10, -20, 30)))
add("mr-wide", "MR", mr, grid("LAS", (1, 1, 1), (0, 0, 0)), percentiles=(10, 60))
two = np.concatenate([mr, 1000 + 30 * random.normal(size=mr.shape).astype(np.float32)], axis=3)
add("mr-two-channels", "MR", two, grid("SRP", (1, 2, 1.5), (1, 2, 3)))
add("us", "US", np.abs(mr - 100), grid("RAS", (1, 1, 1), (0, 0, 0)), percentiles=(0, 100))
oblique = grid("LPI", (1, 1.5, 2), (3, 4, 5))
c, s = np.cos(0.3), np.sin(0.3)
oblique = np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ oblique
add("pet-oblique", "PET", mr, oblique)

np.concatenate(parts).astype("<f8").tofile(FOLDER / "preparation.bin")
index = {
    "provenance": {
        "script": "test/oracle/preparation.py",
        "numpy": np.__version__,
        "nibabel": nibabel.__version__,
    },
    "binary": "preparation.bin",
    "cases": cases,
    "tensors": tensors,
}
(FOLDER / "preparation.json").write_text(json.dumps(index) + "\n")
