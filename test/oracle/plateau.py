"""Learning rates of PyTorch's ReduceLROnPlateau over made-up validation losses, for src/training/schedules."""

import json
import random
import warnings
from pathlib import Path

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

warnings.filterwarnings("ignore")
CASES = [
    {"factor": 0.5, "patience": 2, "minimum": 0.0, "learningRate": 0.01},
    {"factor": 0.1, "patience": 0, "minimum": 1e-5, "learningRate": 0.001},
    {"factor": 0.3, "patience": 5, "minimum": 2e-4, "learningRate": 0.003},
    {"factor": 0.5, "patience": 0, "minimum": 0.0, "learningRate": 4e-8},
]


def losses(seed):
    generator = random.Random(seed)
    level = 1.0
    values = []
    for index in range(60):
        level *= 0.97 if index < 25 else 1.0
        values.append(round(level + generator.uniform(-0.03, 0.03), 6))
    # Improvements just below and just above the relative threshold.
    best = min(values)
    values += [best * (1 - 0.5e-4), best * (1 - 2e-4), best * (1 - 2e-4), best * (1 - 2.5e-4)]
    return values


def rates(case, values):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=case["learningRate"])
    schedule = ReduceLROnPlateau(
        optimiser, factor=case["factor"], patience=case["patience"], min_lr=case["minimum"]
    )
    found = []
    for value in values:
        schedule.step(value)
        found.append(optimiser.param_groups[0]["lr"])
    return found


cases = []
for seed, case in enumerate(CASES):
    values = losses(seed)
    cases.append({**case, "losses": values, "rates": rates(case, values)})
provenance = {"script": "test/oracle/plateau.py", "torch": torch.__version__}
target = Path(__file__).parent / "fixtures" / "plateau.json"
target.write_text(json.dumps({"provenance": provenance, "cases": cases}) + "\n")
