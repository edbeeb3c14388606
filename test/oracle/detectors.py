"""Ledoit and Wolf's covariance, Mahalanobis distances, nearest neighbours and multinomial logistic regression by
scikit-learn, for src/ood and src/ood/detectors.

Writes test/oracle/fixtures/detectors.json and detectors.bin (float64). Run from the repository root:
    python test/oracle/detectors.py

Tensors: `CASE/training` and `CASE/test` [images, features]; `CASE/covariance`; `CASE/mahalanobis`, `CASE/neighbour`
(L2-normalised, k-th nearest) and `CASE/maximum` (largest softmax probability) [test images].
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler, normalize

FOLDER = Path("test/oracle/fixtures")
random = np.random.default_rng(2018)
tensors, parts, cases, offset = {}, [], [], 0


def keep(name, array):
    global offset
    array = np.ascontiguousarray(array, np.float64)
    tensors[name] = {"dims": list(array.shape), "offset": offset}
    parts.append(array.ravel())
    offset += array.size


def draw(per_class, features):
    mixing = random.normal(size=(features, features)) / np.sqrt(features)
    centres = 2 * random.normal(size=(len(per_class), features))
    labels = np.repeat(np.arange(len(per_class)), per_class)
    rows = random.normal(size=(len(labels), features)) @ mixing + centres[labels]
    test = np.concatenate([random.normal(size=(6, features)) @ mixing + centres[0], 4 * random.normal(size=(4, features))])
    return rows, labels, test


# More features than images, fewer, and a single feature.
for name, per_class, features, k in [("wide", [7, 5, 4], 24, 1), ("tall", [60, 40], 6, 5), ("line", [20, 12], 1, 3)]:
    rows, labels, test = draw(per_class, features)
    classes = len(per_class)
    means = np.stack([rows[labels == c].mean(0) for c in range(classes)])
    fitted = LedoitWolf(assume_centered=True).fit(rows - means[labels])
    squared = np.stack([fitted.mahalanobis(test - mean) for mean in means])
    index = NearestNeighbors(n_neighbors=k).fit(normalize(rows))
    scaler = StandardScaler().fit(rows)
    # Newton's method, to the last digits; with two classes scikit-learn would fit the sigmoid instead of the softmax,
    # which penalises twice as much: one set of weights w stands for the pair w/2, -w/2.
    model = LogisticRegression(C=1.0 if classes > 2 else 2.0, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(scaler.transform(rows), labels)
    components = PCA(n_components=0.9 if features > 1 else 1).fit(rows)
    keep(f"{name}/training", rows)
    keep(f"{name}/test", test)
    keep(f"{name}/covariance", fitted.covariance_)
    keep(f"{name}/mahalanobis", np.sqrt(squared.min(0)))
    keep(f"{name}/neighbour", index.kneighbors(normalize(test))[0][:, -1])
    keep(f"{name}/maximum", model.predict_proba(scaler.transform(test)).max(1))
    keep(f"{name}/components", np.abs(components.transform(test)))
    cases.append({"name": name, "labels": labels.tolist(), "k": k, "shrinkage": fitted.shrinkage_})

np.concatenate(parts).astype("<f8").tofile(FOLDER / "detectors.bin")
written = {
    "provenance": {"script": "test/oracle/detectors.py", "numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "binary": "detectors.bin",
    "cases": cases,
    "tensors": tensors,
}
(FOLDER / "detectors.json").write_text(json.dumps(written) + "\n")
