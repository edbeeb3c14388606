"""Where the scripts of this folder read and write, and which cases serve what.

Two environment variables name the folders: ANY_MODEL_DATA, with <dataset>/images and <dataset>/labels, and ANY_MODEL_OUT,
which takes models, masks and intermediate files. Both lie outside the repository.
"""

import json
import os
from pathlib import Path

import nibabel
import numpy

DATA = Path(os.environ["ANY_MODEL_DATA"])
OUT = Path(os.environ["ANY_MODEL_OUT"])

# Cases in the order of their names: the first ones train the network, the next fit the guard, the last are held out.
PARTS = {
    "msd_hippocampus_mri": {"train": 24, "fit": 24, "held-out": 12},
    "openkbp_headneck_ct": {"train": 10, "fit": 12, "held-out": 6},
}


def cases(dataset, part):
    """Names of the cases of one part, without ending. Patients of these datasets have one image each."""
    names = sorted(path.name.removesuffix(".nii.gz") for path in (DATA / dataset / "images").glob("*.nii.gz"))
    start = 0
    for name, count in PARTS[dataset].items():
        if name == part:
            return names[start : start + count]
        start += count
    raise KeyError(part)


def image_path(dataset, case):
    return DATA / dataset / "images" / f"{case}.nii.gz"


def label_path(dataset, case):
    return DATA / dataset / "labels" / f"{case}.nii.gz"


def linked(paths, folder):
    """A folder with links to these files, and to nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for path in paths:
        (folder / path.name).symlink_to(path.resolve())


def lay_out(network, dataset):
    """Folders images/fit and images/held-out, labels/fit and labels/held-out of one network."""
    for part in ("fit", "held-out"):
        names = cases(dataset, part)
        linked([image_path(dataset, name) for name in names], OUT / network / "images" / part)
        linked([label_path(dataset, name) for name in names], OUT / network / "labels" / part)


def save_mask(mask, like, path):
    """Labels of 0 to 255 on the grid of another NIfTI file, in the order of its axes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(mask.astype(numpy.uint8), nibabel.load(like).affine), path)


def dice(left, right):
    """2 |A and B| / (|A| + |B|); 1 where both are empty."""
    total = left.sum() + right.sum()
    return 1.0 if total == 0 else 2.0 * numpy.logical_and(left, right).sum() / total


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
