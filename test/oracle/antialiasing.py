"""Images brought to coarser voxels without aliasing, as SciPy has it.

Writes test/oracle/fixtures/antialiasing.json. Run from the repository root:
    python test/oracle/antialiasing.py

The Gaussian's standard deviation is that of TorchIO's `Resample.get_sigma` (Cardoso et al., 2015), in voxels of the image;
the filter is scipy.ndimage.gaussian_filter with mode "nearest"; then map_coordinates, order 1, at the centres of the coarser
voxels, which share the image's centre.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import ndimage

rng = np.random.default_rng(12)


def ravel(array):
    return [round(value, 4) for value in np.asarray(array, dtype=float).ravel(order="F").tolist()]


def sigma(factor):
    return float(np.sqrt(max(0.0, factor**2 - 1)) / (2 * np.sqrt(2 * np.log(2))))


def main():
    cases = []
    for shape, spacing, wanted in [
        ((17, 13, 5), (0.5, 0.5, 4.0), (1.2, 1.2, 4.0)),
        ((70, 5, 6), (1.0, 2.0, 1.5), (3.7, 2.0, 1.6)),
        ((6, 5, 20), (1.0, 1.0, 1.0), (1.0, 0.7, 5.0)),
    ]:
        data = np.round(rng.normal(size=shape) * 100)
        factors = [b / a for a, b in zip(spacing, wanted)]
        smooth = ndimage.gaussian_filter(data, [sigma(f) for f in factors], mode="nearest")
        target = [max(1, round(n * a / b)) for n, a, b in zip(shape, spacing, wanted)]
        places = [
            np.clip((n - 1) / 2 + (np.arange(m) - (m - 1) / 2) * f, 0, n - 1)
            for n, m, f in zip(shape, target, factors)
        ]
        grid = np.stack(np.meshgrid(*places, indexing="ij"))
        coarse = ndimage.map_coordinates(smooth, grid, order=1, mode="nearest")
        cases.append(
            {
                "shape": shape,
                "spacing": spacing,
                "wanted": wanted,
                "data": ravel(data),
                "target": target,
                "coarse": ravel(coarse),
            }
        )
    provenance = {"script": "test/oracle/antialiasing.py", "scipy": scipy.__version__, "numpy": np.__version__}
    written = {"provenance": provenance, "cases": cases}
    Path("test/oracle/fixtures/antialiasing.json").write_text(json.dumps(written))


main()
