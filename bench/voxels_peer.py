#!/usr/bin/env python3
"""Preparation and metrics of one volume in SciPy, NumPy and SimpleITK, one thread each; prints one JSON line.

usage: voxels_peer.py '{"folder": "...", "shape": [192, 192, 160], "seconds": 2}'
"""
import json
import resource
import sys
import time

import numpy
import SimpleITK
from scipy import ndimage

setting = json.loads(sys.argv[1])
shape = setting["shape"][::-1]
SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
image = numpy.fromfile(f"{setting['folder']}/image", numpy.float32).reshape(shape)
mask = numpy.fromfile(f"{setting['folder']}/mask", numpy.uint8).reshape(shape)
itk_image, itk_mask = SimpleITK.GetImageFromArray(image), SimpleITK.GetImageFromArray(mask)
itk_mask.SetSpacing([1, 1, 1.5])


def zoomed(spacing, order):
    """The same samples: voxel n of the result lies at n * spacing."""
    size = [round(length / spacing) for length in shape]
    return ndimage.affine_transform(image, [spacing] * 3, output_shape=size, order=order, mode="nearest")


def resampled(spacing, interpolator):
    size = [round(length / spacing) for length in shape[::-1]]
    return SimpleITK.Resample(
        itk_image, size, SimpleITK.Transform(), interpolator, [0, 0, 0], [spacing] * 3, [1, 0, 0, 0, 1, 0, 0, 0, 1]
    )


tasks = {
    "resampling, linear, to 1.5 mm": (lambda: zoomed(1.5, 1), lambda: resampled(1.5, SimpleITK.sitkLinear)),
    "resampling, linear, to 0.75 mm": (lambda: zoomed(0.75, 1), lambda: resampled(0.75, SimpleITK.sitkLinear)),
    "resampling, cubic, to 0.75 mm": (lambda: zoomed(0.75, 3), lambda: resampled(0.75, SimpleITK.sitkBSpline)),
    "percentiles 0.5 and 99.5": (lambda: numpy.percentile(image, [0.5, 99.5]), None),
    "connected components": (
        lambda: ndimage.label(mask, numpy.ones((3, 3, 3))),
        lambda: SimpleITK.ConnectedComponent(itk_mask, True),
    ),
    "distance transform": (
        lambda: ndimage.distance_transform_edt(mask == 0, sampling=[1.5, 1, 1]),
        lambda: SimpleITK.SignedMaurerDistanceMap(itk_mask, squaredDistance=False, useImageSpacing=True),
    ),
}


def repeated(work):
    work()
    wall, cpu = [], []
    end = time.perf_counter() + setting["seconds"]
    while len(wall) < 3 or time.perf_counter() < end:
        start, used = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    return {"wall": wall, "cpu": cpu}


measured = {
    name: {library: repeated(work) for library, work in zip(("SciPy", "SimpleITK"), both) if work}
    for name, both in tasks.items()
}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"tasks": measured, "peak_mb": peak, "versions": {"SimpleITK": SimpleITK.__version__}}))
