"""How far the place of the padding alone moves nnU-Net's masks: Dice with nnU-Net's own masks where an image fits one window.

The exported network runs in ONNX Runtime on the z-scored image with zeros on both sides, as nnU-Net pads, and with zeros
beyond the far ends alone. Run: python nnunet_padding.py
"""

import nibabel
import numpy
import onnxruntime

import places

DATASET = "msd_hippocampus_mri"
PATCH = (40, 56, 40)


def main():
    session = onnxruntime.InferenceSession(str(places.OUT / "nnunet" / "model.onnx"), providers=["CPUExecutionProvider"])
    scores = {"both sides": [], "far ends": []}
    for case in places.cases(DATASET, "held-out"):
        values = numpy.asarray(nibabel.load(places.image_path(DATASET, case)).dataobj, numpy.float32).transpose(2, 1, 0)
        if any(length > patch for length, patch in zip(values.shape, PATCH)):
            continue
        theirs = nibabel.load(places.OUT / "nnunet" / "masks" / "plain" / f"{case}.nii.gz").dataobj
        scored = (values - values.mean()) / values.std()
        for name, all_ in scores.items():
            room = [patch - length for patch, length in zip(PATCH, values.shape)]
            before = [space // 2 if name == "both sides" else 0 for space in room]
            inside = tuple(slice(start, start + length) for start, length in zip(before, values.shape))
            padded = numpy.zeros((1, 1, *PATCH), numpy.float32)
            padded[(0, 0, *inside)] = scored
            found = session.run(None, {"image": padded})[0][0].argmax(0)[inside].transpose(2, 1, 0)
            all_ += [places.dice(found == value, numpy.asarray(theirs) == value) for value in (1, 2)]
    result = {name: {"labels": len(all_), "mean": float(numpy.mean(all_)), "least": float(min(all_))} for name, all_ in scores.items()}
    places.write_json(places.OUT / "nnunet" / "padding.json", result)
    print(result)


main()
