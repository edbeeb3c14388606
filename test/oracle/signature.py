"""Spectral signatures by a direct singular value decomposition of the whole feature matrix (NumPy, double precision).

Writes test/oracle/fixtures/signature.json and signature.bin (float64). Run from the repository root:
    python test/oracle/signature.py

Tensors: `features/CASE` [C, D, H, W] (float32 values) and `signature/CASE/FORM` [C]. The floor of the singular values is
part of the definition: max(epsilon, 1e-5 * the largest).
"""

import json
from pathlib import Path

import numpy as np

FOLDER = Path("test/oracle/fixtures")
EPSILON = 1e-6
RELATIVE_FLOOR = 1e-5
random = np.random.default_rng(2004)


def signature(features, form):
    matrix = features.reshape(features.shape[0], -1).T.astype(np.float64)
    if form == "covariance":
        matrix = matrix - matrix.mean(axis=0)
    if form != "paper":
        matrix = matrix / np.sqrt(len(matrix))
    values = np.zeros(matrix.shape[1])
    found = np.linalg.svd(matrix, compute_uv=False)
    values[: len(found)] = found
    spectrum = np.log(np.maximum(values, max(EPSILON, RELATIVE_FLOOR * values[0])))
    return spectrum if form == "unnormalised" else spectrum / np.linalg.norm(spectrum)


def correlated(channels, shape, decades=0.0, offset=0.0):
    mixing = random.normal(size=(channels, channels)) * 10 ** -np.linspace(0, decades, channels)
    features = mixing @ random.normal(size=(channels, int(np.prod(shape)))) + offset
    return features.reshape(channels, *shape).astype(np.float32)


dead = correlated(6, (7, 6, 5))
dead[2] = 0
rectified = np.maximum(correlated(12, (6, 5, 8), offset=0.3), 0)
cases = {
    "plain": correlated(8, (5, 6, 7)),
    "wide": correlated(9, (6, 6, 6), decades=4.0),
    "rectified": rectified,
    "dead": dead,
    "few": correlated(10, (1, 2, 3)),
    "offset": correlated(5, (4, 9, 3), offset=40.0),
    "single": correlated(1, (3, 3, 3)),
}
tensors, parts, offset = {}, [], 0
for case, features in cases.items():
    named = {f"features/{case}": features.astype(np.float64)}
    for form in ["paper", "per-voxel", "covariance", "unnormalised"]:
        named[f"signature/{case}/{form}"] = signature(features, form)
    for name, values in named.items():
        tensors[name] = {"dims": list(values.shape), "offset": offset}
        parts.append(values.ravel())
        offset += values.size
np.concatenate(parts).astype("<f8").tofile(FOLDER / "signature.bin")
index = {
    "provenance": {"script": "test/oracle/signature.py", "numpy": np.__version__},
    "binary": "signature.bin",
    "cases": list(cases),
    "epsilon": EPSILON,
    "tensors": tensors,
}
(FOLDER / "signature.json").write_text(json.dumps(index) + "\n")
