"""What the k-th largest of n calibration measures promises, by SciPy's beta, binomial and beta-binomial distributions: for
src/ood/thresholds.
"""

import json
from pathlib import Path

import scipy
from scipy import stats

RANKS = [(1, 1), (1, 9), (1, 29), (2, 19), (5, 51), (12, 127), (50, 500)]

ranks = [
    {
        "k": k,
        "n": n,
        "intervals": [
            {"confidence": confidence, "ends": list(stats.beta.interval(confidence, k, n + 1 - k))}
            for confidence in (0.5, 0.95, 0.99)
        ],
        "below": [{"rate": rate, "probability": stats.beta.cdf(rate, k, n + 1 - k)} for rate in (0.01, 0.1, 0.3, 0.9)],
        "alarms": [
            {"images": m, "count": count, "tail": stats.betabinom.sf(count - 1, m, k, n + 1 - k)}
            for m in (1, 15, 51, 400)
            for count in (0, 1, 3, 20, 51)
            if count <= m
        ],
    }
    for k, n in RANKS
]

binomial = [
    {"count": count, "trials": trials, "rate": rate, "tail": stats.binom.sf(count - 1, trials, rate)}
    for count, trials, rate in [(3, 15, 0.1), (10, 50, 0.1), (0, 5, 0.2), (50, 50, 0.9), (900, 2000, 0.4), (2000, 2000, 0.999)]
]

index = {
    "provenance": {"script": "test/oracle/false_alarms.py", "scipy": scipy.__version__},
    "ranks": ranks,
    "binomial": binomial,
}
target = Path(__file__).parent / "fixtures" / "false-alarms.json"
target.write_text(json.dumps(index, default=float) + "\n")
