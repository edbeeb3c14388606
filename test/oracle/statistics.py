"""Paired tests, confidence intervals and detection scores by SciPy and scikit-learn, for src/study/statistics and
src/ood/scores.ts. Holm's correction is written here by its definition: reject until the first hypothesis that stands.
"""

import json
import sys
from pathlib import Path

# The script's own folder leads the module path, and this file would be taken for the standard library's `statistics`.
sys.path.pop(0)

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

ALTERNATIVES = ("two-sided", "greater", "less")
random = np.random.default_rng(4)


def samples():
    for n in (1, 2, 5, 13, 14, 30, 50, 51, 120):
        a = random.normal(0.8, 0.1, n)
        yield f"continuous {n}", a, a + random.normal(0.03, 0.06, n)
    for n in (6, 13, 14, 40):
        yield f"tied {n}", random.integers(0, 6, n) / 1.0, random.integers(1, 7, n) / 1.0
    yield "far apart", np.arange(20.0) + 100, np.arange(20.0) * 0.5
    yield "far apart, long", np.arange(80.0) + 100, np.arange(80.0) * 0.5


def signed_rank(a, b, alternative, zeros, method):
    found = stats.wilcoxon(a, b, alternative=alternative, zero_method=zeros, method=method)
    return {"alternative": alternative, "zeros": zeros, "method": method, "statistic": found.statistic, "p": found.pvalue}


pairs = []
for name, a, b in samples():
    differ = (a != b).any()
    entry = {"name": name, "a": a.tolist(), "b": b.tolist()}
    entry["wilcoxon"] = [
        signed_rank(a, b, alternative, zeros, method)
        for alternative in ALTERNATIVES
        for zeros in ("wilcox", "pratt")
        for method in ("auto", "asymptotic")
        if differ
    ]
    if len(a) > 1:
        entry["t"] = []
        for alternative in ALTERNATIVES:
            found = stats.ttest_rel(a, b, alternative=alternative)
            entry["t"].append({"alternative": alternative, "t": found.statistic, "p": found.pvalue})
        entry["intervals"] = []
        for confidence in (0.9, 0.95, 0.99):
            interval = stats.ttest_rel(a, b).confidence_interval(confidence)
            entry["intervals"].append({"confidence": confidence, "low": interval.low, "high": interval.high})
    pairs.append(entry)


def holm(p):
    """The smallest level at which each hypothesis is rejected, found level by level."""
    order = np.argsort(p, kind="stable")
    levels = np.unique(np.concatenate([p * k for k in range(1, len(p) + 1)] + [[1.0]]))
    adjusted = np.ones(len(p))
    for level in levels[levels <= 1][::-1]:
        for rank, index in enumerate(order):
            if p[index] * (len(p) - rank) > level:
                break
            adjusted[index] = level
    return adjusted


families = []
for size in (1, 2, 4, 9):
    p = random.random(size) ** 3
    families.append({"p": p.tolist(), "adjusted": holm(p).tolist()})
p = np.array([0.01, 0.04, 0.01, 0.5, 0.04, 1.0, 0.0])
families.append({"p": p.tolist(), "adjusted": holm(p).tolist()})

tails = {
    "normal": [{"z": z, "tail": stats.norm.sf(z)} for z in (-9, -2.5, -0.3, 0, 1e-9, 0.1, 1, 1.7, 1.8, 1.96, 3, 6, 12, 30)],
    "student": [
        {"t": t, "degrees": n, "tail": stats.t.sf(t, n)}
        for n in (1, 2, 3, 7, 29, 120, 1000)
        for t in (-4, -0.2, 0, 0.5, 1, 2.1, 6, 40)
    ],
}

bootstraps = []
for name, values in [
    ("normal", random.normal(2, 1, 40)),
    ("skewed", random.exponential(1, 25) ** 2),
    ("bounded", random.beta(8, 1, 12)),
]:
    entry = {"name": name, "values": values.tolist(), "intervals": []}
    for statistic in ("mean", "median"):
        for method in ("percentile", "BCa"):
            found = stats.bootstrap(
                (values,), getattr(np, statistic), n_resamples=200_000, method=method, rng=np.random.default_rng(5), batch=5000
            )
            interval = found.confidence_interval
            entry["intervals"].append(
                {"statistic": statistic, "method": method.lower(), "low": interval.low, "high": interval.high}
            )
    bootstraps.append(entry)

detections = []
for name, inside, foreign in [
    ("apart", random.normal(0, 1, 49), random.normal(4, 1, 27)),
    ("overlapping", random.normal(0, 1, 200), random.normal(0.7, 1.5, 60)),
    ("tied", random.integers(0, 6, 80), random.integers(2, 9, 40)),
    ("all the same", np.ones(7), np.ones(3)),
    ("the wrong way round", random.normal(3, 1, 30), random.normal(0, 1, 30)),
]:
    score = np.concatenate([inside, foreign]).astype(float)
    label = np.concatenate([np.zeros(len(inside)), np.ones(len(foreign))])
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    threshold = float(np.median(score))
    verdict = score > threshold
    detections.append(
        {
            "name": name,
            "inside": inside.tolist(),
            "foreign": foreign.tolist(),
            "auroc": roc_auc_score(label, score),
            "aupr": average_precision_score(label, score),
            "fprAt95Tpr": fpr[tpr >= 0.95].min(),
            "threshold": threshold,
            "accuracy": np.mean(verdict == label),
            "sensitivity": np.mean(verdict[label == 1]),
            "specificity": np.mean(~verdict[label == 0]),
        }
    )

provenance = {
    "script": "test/oracle/statistics.py",
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
index = {
    "provenance": provenance,
    "pairs": pairs,
    "families": families,
    "tails": tails,
    "bootstraps": bootstraps,
    "detections": detections,
}
target = Path(__file__).parent / "fixtures" / "statistics.json"
target.write_text(json.dumps(index, default=float) + "\n")
