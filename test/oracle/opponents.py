"""Detectors that the guard is compared with, and scores of failure detection, by NumPy, SciPy, scikit-image and scikit-learn.

Writes test/oracle/fixtures/opponents.json and opponents.bin (float64). Run from the repository root:
    python test/oracle/opponents.py

Tensors: `layer/L/training` and `layer/L/test` [images, channels] mean features; `frodo` [test images];
`residual` (of layer a) [test images]; `gram/training` and `gram/test` [images, C * C]; `gram/deviation` [test images];
`ridge/rows` [images, features], `ridge/targets`, `ridge/test`, `ridge/predicted`; `map/CASE` [K, J, I] with
`labels/CASE`; `failure/scores`, `failure/qualities`, `failure/foreign-scores`, `failure/foreign-qualities`.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import skimage
import sklearn
from skimage.measure import label
from skimage.segmentation import find_boundaries
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV

FOLDER = Path("test/oracle/fixtures")
random = np.random.default_rng(2025)
tensors, parts, offset = {}, [], 0


def keep(name, array):
    global offset
    array = np.ascontiguousarray(array, np.float64)
    tensors[name] = {"dims": list(array.shape), "offset": offset}
    parts.append(array.ravel())
    offset += array.size
    return array


def correlated(images, features):
    return random.normal(size=(images, features)) @ (random.normal(size=(features, features)) / np.sqrt(features)) + 1


distances = []
for name, features in [("a", 6), ("b", 20)]:
    both = correlated(34, features)
    both[30:] += 2
    training, test = keep(f"layer/{name}/training", both[:24]), keep(f"layer/{name}/test", both[24:])
    fitted = LedoitWolf().fit(training)
    distances.append(np.sqrt(fitted.mahalanobis(test)))
    if name == "a":
        leading = PCA(n_components=0.9, svd_solver="full").fit(training)
        keep("residual", np.linalg.norm(test - leading.inverse_transform(leading.transform(test)), axis=1))
keep("frodo", np.mean(distances, axis=0))

roots = random.normal(size=(20, 40, 4)) + 0.3
grams = np.einsum("nvc,nvd->ncd", roots, roots).reshape(20, 16) / 40
training, test = keep("gram/training", grams[:14]), keep("gram/test", grams[14:])
low, high = training.min(0), training.max(0)
below = np.where(test < low, (low - test) / np.abs(low), 0)
above = np.where(test > high, (test - high) / np.abs(high), 0)
keep("gram/deviation", (below + above).sum(1))

rows = keep("ridge/rows", correlated(30, 7))
targets = keep("ridge/targets", rows @ random.normal(size=7) * 0.1 + 0.3 * random.normal(size=30))
ridge = RidgeCV(alphas=[0.001, 0.01, 0.1, 1, 10, 100, 1000]).fit(rows, targets)
keep("ridge/predicted", ridge.predict(keep("ridge/test", correlated(8, 7))))

maps = {}
for name, shape, level in [("blobs", (14, 17, 20), 0.55), ("thin", (4, 12, 13), 0.6), ("full", (3, 4, 5), -10)]:
    entropy = random.random(size=shape).astype(np.float32)
    smooth = scipy.ndimage.gaussian_filter(random.normal(size=shape), 1.5, mode="nearest")
    labels = (smooth > level * smooth.std()).astype(np.uint8) + (smooth > (level + 0.8) * smooth.std())
    keep(f"map/{name}", entropy)
    keep(f"labels/{name}", labels)
    cube = tuple(min(10, size) for size in shape)
    windows = np.lib.stride_tricks.sliding_window_view(entropy.astype(np.float64), cube)
    maps[name] = {
        "nonBoundary": float(entropy.astype(np.float64)[~find_boundaries(labels)].mean()),
        "patch": float(windows.mean(axis=(3, 4, 5)).max()),
        "components": int(label(labels > 0).max()),
        "voxels": int((labels > 0).sum()),
    }

scores = keep("failure/scores", random.random(40))
qualities = keep("failure/qualities", np.clip(1 - 0.6 * scores + 0.2 * random.normal(size=40), 0, 1))
foreign_scores = keep("failure/foreign-scores", random.random(25) + 0.4)
foreign_qualities = keep("failure/foreign-qualities", random.random(25))


def area(order):
    risks = (1 - qualities)[order]
    return np.mean(np.cumsum(risks) / np.arange(1, len(risks) + 1))


threshold = np.quantile(scores, 0.95, method="inverted_cdf")
failure = {
    "area": area(np.argsort(scores)),
    "excess": area(np.argsort(scores)) - area(np.argsort(-qualities)),
    "drop": np.mean((qualities.mean() - foreign_qualities) * (foreign_scores <= threshold)),
}

np.concatenate(parts).astype("<f8").tofile(FOLDER / "opponents.bin")
versions = {module.__name__: module.__version__ for module in (np, scipy, skimage, sklearn)}
written = {
    "provenance": {"script": "test/oracle/opponents.py", **versions},
    "binary": "opponents.bin",
    "penalty": ridge.alpha_,
    "maps": maps,
    "failure": failure,
    "tensors": tensors,
}
(FOLDER / "opponents.json").write_text(json.dumps(written) + "\n")
