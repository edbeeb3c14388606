"""SciPy's map_coordinates, gaussian_filter and BSpline on a small image, for src/training/augmentation."""

import json
from pathlib import Path

import numpy
import scipy
from scipy import ndimage
from scipy.interpolate import BSpline

generator = numpy.random.default_rng(7)
# Arrays are [k, j, i], so that the first axis of a volume runs fastest.
SHAPE = (9, 11, 10)
PATCH = (6, 7, 8)
ORIGIN = (2, 1, 1)  # [i, j, k]
SPACING = (0.8, 1.0, 2.5)  # [i, j, k]
DEGREES = (8.0, -17.0, 25.0)
FACTORS = (1.2, 0.9, 1.1)
SIGNS = (-1.0, 1.0, 1.0)
DISTANCE = 3.0

image = ndimage.gaussian_filter(generator.normal(size=SHAPE), 1).astype(numpy.float32)


def turn(axis, degrees):
    c, s = numpy.cos(numpy.radians(degrees)), numpy.sin(numpy.radians(degrees))
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = numpy.eye(3)
    matrix[first, first] = matrix[second, second] = c
    matrix[second, first], matrix[first, second] = s, -s
    return matrix


# The content turns by Rk Rj Ri, is stretched, then mirrored; elastic displacements act on the patch's own voxels.
patch = numpy.array(PATCH[::-1])
grid = numpy.stack(numpy.meshgrid(*[numpy.arange(n) for n in patch], indexing="ij"), -1).astype(float)

counts = [int((n - 1) // DISTANCE) + 4 for n in patch]
control = generator.uniform(-1.2, 1.2, size=(3, *counts)).astype(numpy.float32)


def basis(voxels, count):
    # Control point p sits at (p - 1) * DISTANCE; uniform cubic B-spline.
    knots = (numpy.arange(count + 4) - 3) * DISTANCE
    return numpy.stack(
        [BSpline(knots, numpy.eye(count)[p], 3)(numpy.arange(voxels)) for p in range(count)], axis=1
    )


bases = [basis(int(n), c) for n, c in zip(patch, counts)]
displacement = numpy.einsum("xabc,ia,jb,kc->ijkx", control, *bases)

rotation = turn(2, DEGREES[2]) @ turn(1, DEGREES[1]) @ turn(0, DEGREES[0])
# Patch -> image: the inverses, the transform named last acting first.
matrix = numpy.diag(SIGNS) @ numpy.linalg.inv(rotation) @ numpy.diag(1 / numpy.array(FACTORS))
spacing = numpy.diag(SPACING)
voxels = numpy.linalg.inv(spacing) @ matrix @ spacing
half = (patch - 1) / 2
source = (grid + displacement - half) @ voxels.T + numpy.array(ORIGIN) + half  # [i, j, k, xyz]
coordinates = [source[..., axis].transpose(2, 1, 0) for axis in (2, 1, 0)]
warped = ndimage.map_coordinates(image.astype(float), coordinates, order=1, mode="nearest")

blurred = ndimage.gaussian_filter(image.astype(float), 0.8, mode="nearest", radius=3)

numbers = lambda array: [round(float(x), 7) for x in numpy.ravel(array)]
fixture = {
    "provenance": {
        "script": "test/oracle/augmentation.py",
        "scipy": scipy.__version__,
        "numpy": numpy.__version__,
    },
    "shape": SHAPE[::-1],
    "patch": PATCH[::-1],
    "origin": ORIGIN,
    "spacing": SPACING,
    "degrees": DEGREES,
    "factors": FACTORS,
    "signs": SIGNS,
    "distance": DISTANCE,
    "counts": counts,
    # First axis fastest within each component.
    "control": numbers(control.transpose(0, 3, 2, 1)),
    "image": numbers(image),
    "warped": numbers(warped),
    "sigma": 0.8,
    "blurred": numbers(blurred),
}
path = Path(__file__).parent / "fixtures" / "augmentation.json"
path.write_text(json.dumps(fixture) + "\n")
