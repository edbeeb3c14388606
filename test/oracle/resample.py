"""Resampling, orientation codes and pieces of masks as SciPy and nibabel have them.

Writes test/oracle/fixtures/resample.json. Run from the repository root:
    python test/oracle/resample.py

A sample is inside an image when it lies at most half a voxel beyond the outermost voxel centres; it is then moved to the
nearest place between centres and interpolated there (map_coordinates, order 0, 1 or 3, mode "mirror").
"""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import scipy
from scipy import ndimage

rng = np.random.default_rng(20)


def affine(angles, spacing, origin, axes=(0, 1, 2), signs=(1, 1, 1)):
    turn = nib.eulerangles.euler2mat(*angles)
    permuted = np.zeros((3, 3))
    for column, (axis, sign) in enumerate(zip(axes, signs)):
        permuted[axis, column] = sign
    return nib.affines.from_matvec(turn @ permuted @ np.diag(spacing), origin)


def centred(matrix, shape, centre):
    """The affine moved so that the middle of the grid lies at `centre`."""
    moved = matrix.copy()
    moved[:3, 3] += centre - nib.affines.apply_affine(matrix, (np.array(shape) - 1) / 2)
    return moved


def ravel(array):
    return np.asarray(array).ravel(order="F").tolist()


def sample(data, source, target, shape, order, outside):
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    places = nib.affines.apply_affine(np.linalg.inv(source) @ target, grid)
    last = np.array(data.shape) - 1
    inside = np.all((places >= -0.5 - 1e-6) & (places <= last + 0.5 + 1e-6), axis=-1)
    clipped = np.clip(places, 0, last)
    if order == 0:
        index = np.floor(clipped + 0.5 + 1e-9).astype(int)
        values = data[tuple(np.moveaxis(index, -1, 0))].astype(float)
    else:
        values = ndimage.map_coordinates(data.astype(float), np.moveaxis(clipped, -1, 0), order=order, mode="mirror")
    values[~inside] = outside
    return values, inside


def main():
    shape = (7, 6, 5)
    source = affine((0.2, -0.1, 0.4), (1.0, 1.3, 2.1), (-3, 4, 5))
    data = (rng.normal(size=shape) * 100).astype(np.float32)
    labels = np.clip(ndimage.gaussian_filter(rng.normal(size=shape), 1) * 8, 0, 3).round().astype(np.uint8)
    centre = nib.affines.apply_affine(source, (np.array(shape) - 1) / 2)
    aligned = (0.2, -0.1, 0.4)
    targets = {
        "finer": (affine(aligned, (0.6, 0.55, 0.9), (0, 0, 0)), (12, 14, 12)),
        "coarser": (affine(aligned, (1.7, 2.9, 3.3), (0, 0, 0)), (5, 3, 4)),
        "larger": (affine(aligned, (1.1, 1.2, 2.3), (0, 0, 0)), (11, 9, 9)),
        "swapped": (affine(aligned, (0.8, 1.9, 1.4), (0, 0, 0), (2, 0, 1), (-1, 1, -1)), (11, 4, 6)),
        "rotated": (affine((0.5, 0.3, -0.2), (0.9, 1.1, 1.7), (0, 0, 0)), (9, 8, 9)),
        "single": (affine(aligned, (3, 3, 3), (0, 0, 0)), (1, 1, 1)),
    }
    cases = []
    for name, (matrix, target_shape) in targets.items():
        target = centred(matrix, target_shape, centre + (0.13, -0.21, 0.17))
        case = {"name": name, "shape": target_shape, "affine": ravel(target.T)}
        for kind, order in (("nearest", 0), ("linear", 1), ("cubic", 3)):
            case[kind] = np.round(ravel(sample(data, source, target, target_shape, order, -7)[0]), 5).tolist()
        parts = [sample(labels == value, source, target, target_shape, 1, value == 0)[0] for value in range(4)]
        case["labels"] = ravel(np.argmax(parts, axis=0))
        cases.append(case)

    thin = (1, 2, 3)
    thin_data = rng.normal(size=thin).astype(np.float32)
    thin_target = affine((0, 0, 0), (0.5, 0.5, 0.5), (-0.25, -0.25, -0.25))
    thin_values = {
        kind: ravel(sample(thin_data, np.eye(4), thin_target, (2, 4, 6), order, 0)[0])
        for kind, order in (("linear", 1), ("cubic", 3))
    }

    orientations = []
    for _ in range(60):
        matrix = affine(rng.normal(size=3) * 2, rng.uniform(0.2, 4, 3), rng.normal(size=3) * 50)
        matrix[:3, :3] += rng.normal(size=(3, 3)) * 0.05
        if rng.random() < 0.5:
            matrix[:3, 1] *= -1
        orientations.append({"affine": ravel(matrix.T), "codes": "".join(nib.aff2axcodes(matrix))})

    mask = (rng.random((9, 8, 7)) < 0.25).astype(np.uint8)
    pieces = {
        "shape": mask.shape,
        "mask": ravel(mask),
        "6": ravel(ndimage.label(mask.T)[0].T),
        "26": ravel(ndimage.label(mask.T, np.ones((3, 3, 3)))[0].T),
    }
    fixture = {
        "provenance": {
            "script": "test/oracle/resample.py", "scipy": scipy.__version__,
            "nibabel": nib.__version__, "numpy": np.__version__,
        },
        "source": {"shape": shape, "affine": ravel(source.T), "data": ravel(data), "labels": ravel(labels)},
        "targets": cases,
        "thin": {"shape": thin, "data": ravel(thin_data), "affine": ravel(thin_target.T), "target": (2, 4, 6), **thin_values},
        "orientations": orientations,
        "pieces": pieces,
    }
    Path("test/oracle/fixtures/resample.json").write_text(json.dumps(fixture) + "\n")


main()
