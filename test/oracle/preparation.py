"""Intensity normalisation as numpy does it, for src/volume/preparation.test.ts. Needs numpy."""

import json
from pathlib import Path

import numpy

generator = numpy.random.default_rng(5)
raw = numpy.round(generator.gamma(2.0, 400.0, [4, 5, 6]) - 1100, 3).astype(numpy.float32)


def z_score(values):
    return ((values - values.mean()) / values.std()).ravel().tolist()


wide = raw.astype(numpy.float64)
low, high = numpy.percentile(wide, [2, 97])
index = {
    "script": "test/oracle/preparation.py",
    "versions": {"numpy": numpy.__version__},
    "shape": [6, 5, 4],
    "image": raw.ravel().tolist(),
    "ct": {"window": [-900, 300], "values": z_score(numpy.clip(wide, -900, 300))},
    "mr": {"percentiles": [2, 97], "values": z_score(numpy.clip(wide, low, high))},
}
path = Path(__file__).parent / "fixtures" / "preparation.json"
path.write_text(json.dumps(index) + "\n")
