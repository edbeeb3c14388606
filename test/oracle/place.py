"""Where nibabel and ITK see an image, and where they see a mask that our writer wrote as its result: the same corners.

Headers that say where they lie in every way that is met: both forms or one or none, forms that disagree, voxel sizes
that disagree, other units, either byte order, both versions. Writes test/oracle/fixtures/place.json: for each case the
headers of image and mask, and how far apart at most each program sees corners of the two (ITK reads no NIfTI-2).

Needs nibabel, SimpleITK and the built project. Run from the repository root:
    npm run build && python test/oracle/place.py
"""

import base64
import itertools
import json
import subprocess
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk

SHAPE = (32, 28, 24)
AFFINE = np.array([[1.5, 0, 0, -20], [0, 2, 0, -30], [0, 0, 2.5, -10], [0, 0, 0, 1.0]])
OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.5) @ np.diag([1.5, 2, 2.5]), [-12.5, 30.25, 7.75]
)
MILLIMETRE, METRE, MICROMETRE, UNKNOWN = 2, 1, 3, 0


def voxels():
    data = np.full(SHAPE, -1000, np.int16)
    data[2:7, 3:10, 4:8] = 100
    data[20:30, 4:7, 15:22] = 200
    data[8:12, 20:27, 2:19] = 300
    return data


def image(sform=(AFFINE, 1), qform=(AFFINE, 1), units=MILLIMETRE, version=1, big=False, pixdim=None):
    """`sform`, `qform`: matrix and code."""
    kind = nib.Nifti2Image if version == 2 else nib.Nifti1Image
    header = kind.header_class(endianness=">" if big else "<")
    header.set_data_dtype(np.int16)
    header.set_data_shape(SHAPE)
    header.set_qform(qform[0], code=qform[1])
    header.set_sform(sform[0], code=sform[1])
    header["xyzt_units"] = units
    if pixdim is not None:
        header["pixdim"][1:4] = pixdim
    header["vox_offset"] = 352 if version == 1 else 544
    header["magic"] = b"n+1" if version == 1 else header["magic"]
    # By hand, for nibabel's images correct what they are given.
    data = voxels().astype(header.get_data_dtype())
    return header.binaryblock + bytes(4) + data.tobytes(order="F")


def moved(affine, by):
    result = affine.copy()
    result[:3, 3] += by
    return result


def scaled(affine, factor):
    return np.diag([factor, factor, factor, 1]) @ affine


def cases():
    translation = moved(np.eye(4), (10, -5, 3))
    mirrored = OBLIQUE @ np.diag([-1, 1, 1, 1])
    permuted = np.array([[0, 0, 2.5, -40], [-1.5, 0, 0, 10], [0, 2, 0, 5], [0, 0, 0, 1.0]])
    yield "plain", image()
    yield "forms-apart", image(sform=(translation, 2), qform=(np.eye(4), 1))
    yield "forms-apart-codes-swapped", image(sform=(translation, 1), qform=(np.eye(4), 2))
    yield "no-codes", image(sform=(AFFINE, 0), qform=(AFFINE, 0))
    yield "no-codes-unit-voxels", image(sform=(AFFINE, 0), qform=(AFFINE, 0), pixdim=(1, 1, 1))
    yield "sizes-apart", image(sform=(moved(np.eye(4), -90), 1), pixdim=(0.865759, 0.865759, 0.796))
    yield "micrometres", image(sform=(scaled(AFFINE, 400), 1), qform=(scaled(AFFINE, 400), 1), units=MICROMETRE)
    yield "metres", image(sform=(scaled(AFFINE, 1e-3), 1), qform=(scaled(AFFINE, 1e-3), 1), units=METRE)
    yield "units-unknown", image(units=UNKNOWN)
    yield "units-with-time", image(units=MILLIMETRE + 16)
    yield "sform-alone", image(sform=(OBLIQUE, 1), qform=(AFFINE, 0))
    yield "sform-alone-without-sizes", image(sform=(OBLIQUE, 2), qform=(AFFINE, 0), pixdim=(0, 0, 0))
    yield "qform-alone", image(sform=(AFFINE, 0), qform=(OBLIQUE, 1))
    yield "qform-alone-mirrored", image(sform=(AFFINE, 0), qform=(mirrored, 2))
    yield "mirrored", image(sform=(mirrored, 1), qform=(mirrored, 1))
    yield "permuted", image(sform=(permuted, 4), qform=(permuted, 3))
    yield "big-endian", image(sform=(OBLIQUE, 2), qform=(OBLIQUE, 1), big=True)
    yield "big-endian-micrometres", image(sform=(AFFINE, 0), qform=(scaled(OBLIQUE, 400), 1), units=MICROMETRE, big=True)
    yield "second-version", image(sform=(OBLIQUE, 1), qform=(AFFINE, 1), version=2)
    yield "second-version-big-endian", image(sform=(OBLIQUE, 0), qform=(OBLIQUE, 1), version=2, big=True)
    yield "second-version-no-codes", image(sform=(AFFINE, 0), qform=(AFFINE, 0), version=2)


CORNERS = [tuple(int(n) for n in corner) for corner in itertools.product(*[(0, size - 1) for size in SHAPE])]


def nibabel_corners(path):
    return nib.affines.apply_affine(nib.load(path).affine, CORNERS)


def itk_corners(path):
    read = sitk.ReadImage(str(path))
    return np.array([read.TransformIndexToPhysicalPoint(corner) for corner in CORNERS]) * (-1, -1, 1)


def main():
    nib.imageglobals.logger.setLevel("CRITICAL")
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    kept = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case, content in cases():
            (folder / f"{case}.nii").write_bytes(content)
        subprocess.run(["node", "test/oracle/write-results.mjs", name], check=True)
        for case, content in cases():
            paths = {"image": folder / f"{case}.nii", "mask": folder / f"{case}_mask.nii"}
            entry = {"case": case}
            for role, path in paths.items():
                length = len(path.read_bytes()) - int(np.prod(SHAPE)) * (2 if role == "image" else 1)
                entry[role] = base64.b64encode(path.read_bytes()[:length]).decode()
            programs = {"nibabel": nibabel_corners} | ({} if "version" in case else {"itk": itk_corners})
            entry["apart"] = {
                program: float(np.linalg.norm(corners(paths["image"]) - corners(paths["mask"]), axis=1).max())
                for program, corners in programs.items()
            }
            print(case, entry["apart"])
            kept.append(entry)
    provenance = {"script": "test/oracle/place.py", "nibabel": nib.__version__, "SimpleITK": sitk.Version_VersionString()}
    text = json.dumps({"provenance": provenance, "shape": SHAPE, "cases": kept})
    Path("test/oracle/fixtures/place.json").write_text(text + "\n")


main()
