"""Overlap, surface distances, calibration errors and temperatures by NumPy, SciPy and scikit-learn, for src/metrics and
src/calibration. Definitions are written again here, from the papers and from MONAI's documentation, in another style than the
code they judge. Arrays are indexed [k, j, i], so that their memory order is that of a volume.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import ndimage, optimize
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

FIXTURES = Path(__file__).parent / "fixtures"
tensors, offset, blocks = {}, 0, []


def keep(name, array):
    """Stores an array as float64 in the binary part of the fixture."""
    global offset
    array = np.ascontiguousarray(array, np.float64)
    tensors[name] = {"dims": list(array.shape), "offset": offset}
    offset += array.size
    blocks.append(array.astype("<f8").tobytes())


def ball(shape, centre, radii):
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii)) <= 1


def surface(mask):
    return mask & ~ndimage.binary_erosion(mask)


def directed(a, b, sampling):
    return ndimage.distance_transform_edt(~surface(b), sampling=sampling)[surface(a)]


def mask_cases():
    random = np.random.default_rng(1)
    shape = (9, 12, 11)
    noise = random.random(shape)
    smooth = ndimage.gaussian_filter(random.standard_normal((14, 15, 16)), 2)
    other = smooth + 0.3 * ndimage.gaussian_filter(random.standard_normal(smooth.shape), 1.5)
    shell = ball((9, 14, 13), (4, 7, 6), (4, 6, 6)) & ~ball((9, 14, 13), (4, 7, 6), (2, 4, 4))
    speck = np.zeros((9, 14, 13), bool)
    speck[8, 13, 12] = True
    plate = np.zeros((1, 20, 25), bool)
    plate[0, 3:12, 5:20] = True
    yield "noise", noise > 0.7, np.roll(noise, 1, 2) > 0.6, (1, 1, 1)
    yield "blobs", smooth > 0.02, other > 0.02, (3.27, 0.98, 0.98)
    yield "thick slices", ball((8, 18, 18), (4, 8, 9), (3, 7, 6)), ball((8, 18, 18), (4, 9, 7), (3, 6, 7)), (5, 0.42, 0.7)
    yield "shell and speck", shell, speck, (2.5, 0.5, 1.25)
    yield "touching the border", ball((8, 16, 16), (0, 0, 0), (6, 10, 9)), ball((8, 16, 16), (1, 0, 2), (6, 10, 9)), (0.15, 0.15, 0.15)
    yield "single slice", plate, np.roll(plate, 2, 1), (4, 1.5, 1.5)
    yield "equal", shell, shell, (1, 2, 3)


masks = []
for name, prediction, reference, sampling in mask_cases():
    forth, back = directed(prediction, reference, sampling), directed(reference, prediction, sampling)
    keep(f"{name}/prediction", prediction)
    keep(f"{name}/reference", reference)
    if name in ("noise", "thick slices", "shell and speck", "single slice"):
        keep(f"{name}/distance", ndimage.distance_transform_edt(~reference, sampling=sampling))
    masks.append(
        {
            "name": name,
            "shape": list(prediction.shape[::-1]),
            "spacing": list(sampling[::-1]),
            "dice": 2 * np.count_nonzero(prediction & reference) / (prediction.sum() + reference.sum()),
            "hausdorff": max(forth.max(), back.max()),
            "hd95": max(np.percentile(forth, 95), np.percentile(back, 95)),
            "assd": np.concatenate([forth, back]).mean(),
            "ml": [float(m.sum()) * np.prod(sampling) / 1000 for m in (prediction, reference)],
        }
    )


def bin_gaps(confidence, event, bins):
    """Per equal-width bin, its share of the voxels and its gap."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    used = [index == b for b in range(bins) if (index == b).any()]
    return [(u.mean(), abs(confidence[u].mean() - event[u].mean())) for u in used]


def adaptive(confidence, event, bins):
    """Equal-mass bins over the cumulative sums of voxels, those of one confidence spread evenly over their stretch."""
    values, inverse, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    ends = np.concatenate([[0], np.cumsum(counts)])
    borders = np.linspace(0, confidence.size, bins + 1)
    mass = np.interp(borders, ends, np.concatenate([[0], np.cumsum(values * counts)]))
    events = np.interp(borders, ends, np.concatenate([[0], np.cumsum(np.bincount(inverse, weights=event))]))
    return np.abs(np.diff(mass) - np.diff(events)).sum() / confidence.size


def split_evenly(confidence, event, bins):
    """The usual adaptive ECE, without ties and with voxels a multiple of the bins."""
    order = np.argsort(confidence)
    parts = zip(np.split(confidence[order], bins), np.split(event[order], bins))
    return np.mean([abs(c.mean() - e.mean()) for c, e in parts])


def forecasts():
    random = np.random.default_rng(2)
    p = random.beta(0.3, 0.8, 3000).astype(np.float32)
    yield "overconfident", p, random.random(p.size) < 0.25 + 0.5 * p
    # No two alike, so that all definitions of equal mass agree.
    distinct = random.permutation((np.arange(3000, dtype=np.float32) + 0.5) / 3000)
    yield "distinct", distinct, random.random(distinct.size) < distinct**2
    saturated = expit(random.normal(-3, 14, 3001)).astype(np.float32)
    saturated[:400], saturated[400:600] = 0, 1
    yield "saturated", saturated, random.random(saturated.size) < 0.1 + 0.8 * saturated
    coarse = (random.integers(0, 9, 1000) / 8).astype(np.float32)
    yield "tied", coarse, random.random(coarse.size) < coarse
    yield "one bin", np.full(50, 0.4, np.float32), np.arange(50) < 13


calibration = []
for name, p32, event in forecasts():
    p, y = p32.astype(np.float64), event.astype(np.float64)
    keep(f"{name}/probability", p)
    keep(f"{name}/event", y)
    figures = {}
    for kind in ("foreground", "max-class"):
        confidence = p if kind == "foreground" else np.maximum(p, 1 - p)
        outcome = y if kind == "foreground" else ((p >= 0.5) == (y == 1)).astype(np.float64)
        for bins in (10, 15):
            gaps = bin_gaps(confidence, outcome, bins)
            figures[f"{kind}/{bins}"] = {
                "ece": sum(share * gap for share, gap in gaps),
                "mce": max(gap for _, gap in gaps),
                "adaptiveEce": adaptive(confidence, outcome, bins),
            }
    frequency, mean = calibration_curve(y, p, n_bins=15)
    clipped = np.clip(p, 1e-7, 1 - 1e-7)
    if name == "distinct":
        assert abs(split_evenly(p, y, 15) - adaptive(p, y, 15)) < 1e-12
    calibration.append(
        {
            "name": name,
            "errors": figures,
            "brier": brier_score_loss(y, p),
            "nll": log_loss(y, clipped, labels=[0, 1]),
            "curve": {"frequency": frequency.tolist(), "confidence": mean.tolist()},
        }
    )


def temperature_of(batches):
    """Batches of (logits, events, weight of a voxel)."""
    z = np.concatenate([b[0] for b in batches]).astype(np.float64)
    sign = np.concatenate([np.where(b[1], 1, -1) for b in batches])
    w = np.concatenate([np.full(len(b[0]), b[2]) for b in batches])
    loss = lambda t: np.average(np.logaddexp(0, -sign * z * np.exp(-t)), weights=w)
    slope = lambda t: np.sum(w * sign * z * expit(-sign * z * np.exp(-t)))
    return {
        "temperature": float(np.exp(optimize.brentq(slope, np.log(0.05), np.log(20), xtol=1e-14))),
        "search": float(np.exp(optimize.minimize_scalar(loss, bounds=(-2.9, 2.9), method="bounded").x)),
        "nllBefore": loss(0.0),
        "nllAfter": loss(np.log(optimize.brentq(lambda t: slope(np.log(t)), 0.05, 20, xtol=1e-13))),
    }


temperatures = []
random = np.random.default_rng(3)
for name, spread, true, sizes, weighted in [
    ("overconfident", 5, 2.5, [2000], False),
    ("modest", 1, 0.4, [2000], False),
    ("volumes of different sizes", 4, 1.7, [1500, 100, 500], False),
    ("volumes that count the same", 4, 1.7, [1500, 100, 500], True),
    ("very large logits", 40, 6, [1000], False),
]:
    batches = []
    for index, size in enumerate(sizes):
        logits = random.normal(-1, spread, size).astype(np.float32)
        event = random.random(size) < expit(logits / (true + 0.5 * index))
        keep(f"{name}/{index}/logit", logits)
        keep(f"{name}/{index}/event", event)
        batches.append((logits, event, 1 / size if weighted else 1))
    temperatures.append({"name": name, "batches": len(sizes), "weighted": weighted, **temperature_of(batches)})

(FIXTURES / "metrics.bin").write_bytes(b"".join(blocks))
provenance = {
    "script": "test/oracle/metrics.py",
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
index = {
    "provenance": provenance,
    "binary": "metrics.bin",
    "tensors": tensors,
    "masks": masks,
    "calibration": calibration,
    "temperatures": temperatures,
}
(FIXTURES / "metrics.json").write_text(json.dumps(index, indent=1, default=float) + "\n")
