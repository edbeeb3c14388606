"""What the scripts of the yardstick share: the split, the clock, and how predictions are written.

YARDSTICK_OUT names a folder outside the repository. Predictions lie in YARDSTICK_OUT/<split>/<contender>/<minutes>/ as
<dataset>__<case>.nii.gz: the probability of the organ, float32, on the grid of the image's file. A mask is where that is
above a half.
"""

import json
import os
import sys
import time
from pathlib import Path

import nibabel
import numpy

OUT = Path(os.environ["YARDSTICK_OUT"])
# Shares of the budget at which weights are kept, to draw accuracy against minutes. The schedule is that of the whole budget.
SNAPSHOTS = (0.125, 0.25, 0.5, 0.75, 1.0)


class Case:
    def __init__(self, facts):
        self.dataset, self.id, self.part = facts["dataset"], facts["id"], facts["part"]
        self.image, self.label = facts["image"], facts["label"]
        self.modality, self.values = facts["modality"], facts["values"]
        self.name = f"{self.dataset}__{self.id}"

    def organ(self):
        """The reference as one organ, 0 or 1, on the grid of its file."""
        labels = numpy.asarray(nibabel.load(self.label).dataobj)
        return numpy.isin(numpy.rint(labels).astype(int), self.values).astype(numpy.uint8)


class Split:
    def __init__(self, path):
        facts = json.loads(Path(path).read_text())
        self.name = facts["name"]
        cases = [Case(one) for one in facts["cases"]]
        # Validation images choose sureseg's checkpoint; software that needs none trains on them too.
        self.training = [case for case in cases if case.part != "test"]
        self.test = [case for case in cases if case.part == "test"]

    def folder(self, contender, minutes=None):
        folder = OUT / self.name / contender
        if minutes is not None:
            folder = folder / f"{minutes:g}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Clock:
    """Wall time of training alone; what is done with the clock stopped (keeping weights) does not count."""

    def __init__(self, minutes):
        self.budget, self.used, self.started = 60 * minutes, 0.0, None

    def start(self):
        self.started = time.perf_counter()

    def stop(self):
        self.used += time.perf_counter() - self.started
        self.started = None

    def share(self):
        """Of the budget that is used up; 1 or more at its end."""
        running = 0 if self.started is None else time.perf_counter() - self.started
        return (self.used + running) / self.budget


def train_until(minutes, step, keep):
    """Calls step(share) until the budget is used up, and keep(minutes) at each snapshot. Returns the number of steps."""
    clock, waiting, steps = Clock(minutes), list(SNAPSHOTS), 0
    clock.start()
    while clock.share() < 1:
        loss = step(clock.share())
        steps += 1
        if steps % 20 == 0:
            print(f"{60 * minutes * clock.share():.0f} s, step {steps}, loss {loss:.3f}", file=sys.stderr, flush=True)
        if clock.share() >= waiting[0]:
            clock.stop()
            keep(minutes * waiting.pop(0))
            clock.start()
    if waiting:
        keep(minutes)
    return steps


def polynomial(initial, share):
    """nnU-Net's decay, over the budget instead of the epochs."""
    return initial * (1 - min(share, 1)) ** 0.9


def save_probability(case, probability, folder):
    like = nibabel.load(case.image)
    assert probability.shape == like.shape[:3], (probability.shape, like.shape)
    header = like.header.copy()
    header.set_data_dtype(numpy.float32)
    header["scl_slope"], header["scl_inter"] = 1, 0
    image = nibabel.Nifti1Image(probability.astype(numpy.float32), like.affine, header)
    nibabel.save(image, folder / f"{case.name}.nii.gz")
    return folder
