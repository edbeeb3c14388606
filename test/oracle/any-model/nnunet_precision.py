"""What nnU-Net's half precision costs: its masks of the held-out images when it gathers windows in single precision instead.

nnU-Net keeps the weighted sum of logits and the sum of weights as 16-bit numbers, whatever the network's own precision.
Writes ANY_MODEL_OUT/nnunet/masks/plain-single and mirrored-single and prints Dice with the usual masks; `agreement.py` compares
them with sureseg's.
Run: python nnunet_precision.py
"""

import nibabel
import numpy
import torch

import nnunet
import places


def labels_of(kind, name):
    return numpy.asarray(nibabel.load(nnunet.OUT / "masks" / kind / f"{name}.nii.gz").dataobj)


def main():
    names = places.cases(nnunet.DATASET, "held-out")
    inputs = [[str(places.image_path(nnunet.DATASET, name))] for name in names]
    for kind, mirrored in (("plain", False), ("mirrored", True)):
        folder = nnunet.OUT / "masks" / f"{kind}-single"
        folder.mkdir(parents=True, exist_ok=True)
        outputs = [str(folder / f"{name}.nii.gz") for name in names]
        made = nnunet.predictor(mirrored)
        half, torch.half = torch.half, torch.float32
        try:
            made.predict_from_files_sequential(inputs, outputs, save_probabilities=False, overwrite=True)
        finally:
            torch.half = half
        values = []
        for name in names:
            usual, single = labels_of(kind, name), labels_of(f"{kind}-single", name)
            values += [places.dice(usual == label, single == label) for label in (1, 2)]
        print(kind, f"usual and single precision: mean {numpy.mean(values):.5f}, least {min(values):.5f}")


if __name__ == "__main__":
    main()
