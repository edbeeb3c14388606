"""Dice of sureseg's masks with the masks of a network's own software, for each label, and the guard's measures.

Usage: python agreement.py NETWORK THEIRS [LABELS]
THEIRS is a folder of masks below ANY_MODEL_OUT/NETWORK; sureseg's lie in ANY_MODEL_OUT/NETWORK/ours, as `sureseg predict`
wrote them; LABELS how many labels there are (default 2).
"""

import sys

import nibabel
import numpy

import places


def main(network, theirs, labels=2):
    values = []
    for path in sorted((places.OUT / network / theirs).glob("*.nii.gz")):
        case = path.name.removesuffix(".nii.gz")
        ours = places.OUT / network / "ours" / f"{case}_mask.nii.gz"
        if not ours.exists():
            continue  # Of an image that the guard was fitted on.
        pair = [numpy.asarray(nibabel.load(file).dataobj) for file in (ours, path)]
        values += [places.dice(pair[0] == value, pair[1] == value) for value in range(1, int(labels) + 1)]
    print(network, theirs, f"{len(values)} labels: mean {numpy.mean(values):.5f}, least {min(values):.5f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
