"""NIfTI files of every kind, and what nibabel reads from them.

Writes test/oracle/fixtures/nifti/<case>.nii[.gz] and expected.json. Run from the repository root:
    python test/oracle/nifti.py
"""

import gzip
import json
import shutil
import struct
from pathlib import Path

import nibabel as nib
import numpy as np

FOLDER = Path("test/oracle/fixtures/nifti")
SHAPE = (3, 4, 2)
TYPES = ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
CLASSES = {1: nib.Nifti1Image, 2: nib.Nifti2Image}
OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.5) @ np.diag([0.9, 1.1, 2.5]), [-12.5, 30.25, 7.75]
)
cases = []


def voxels(dtype, shape=SHAPE):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    if dtype.kind == "f":
        return (np.arange(count) * 1.25 - 7.1).astype(dtype).reshape(shape, order="F")
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**31)), min(info.max, 2**31 - 1 if dtype.kind == "i" else 2**32 - 1)
    return np.linspace(low, high, count).astype(np.int64).astype(dtype).reshape(shape, order="F")


def image(data, affine=OBLIQUE, version=1, big=False):
    header = CLASSES[version].header_class(endianness=">" if big else "<")
    header.set_data_dtype(data.dtype)
    made = CLASSES[version](data, affine, header, dtype=data.dtype)
    made.set_sform(affine, 1)
    made.set_qform(affine, 1)
    return made


def numbers(array):
    return [float(value) if np.isfinite(value) else str(value) for value in np.asarray(array).ravel(order="F")]


def keep(name, made, patches=(), scale=1.0, zipped=False, error=None, cut=None, raw=None):
    """Writes one case. `patches`: (offset, struct format, value) put over the header. `scale`: mm per unit of length."""
    content = bytearray(made.to_bytes() if raw is None else raw)
    for offset, form, value in patches:
        struct.pack_into(form, content, offset, value)
    content = bytes(content)
    if zipped:
        content = gzip.compress(content, mtime=0)
    if cut is not None:
        content = content[:cut]
    file = f"{name}.nii" + (".gz" if zipped else "")
    (FOLDER / file).write_bytes(content)
    entry = {"file": file}
    if error is not None:
        entry["error"] = error
    else:
        read = nib.load(FOLDER / file)
        affine = read.affine.copy()
        affine[:3] *= scale
        entry |= {
            "dims": [int(n) for n in read.shape],
            "datatype": read.header.get_data_dtype().newbyteorder("=").name,
            "axes": "".join(nib.aff2axcodes(affine)),
            "affine": [float(x) for x in affine.ravel()],
            "values": numbers(read.get_fdata()),
        }
    cases.append(entry)


def keep_types():
    for dtype in TYPES:
        for version in (1, 2):
            for big in (False, True):
                name = f"{dtype}-{version}-{'big' if big else 'little'}"
                keep(name, image(voxels(dtype), version=version, big=big), zipped=(dtype in ("uint8", "int16")))
    wide = np.array([-5, 0, 2**40, 2**31], dtype=np.int64).reshape(2, 2, 1)
    keep("int64-wide", image(wide))
    keep("uint64-wide", image(np.array([1, 0, 2**50, 2**32], dtype=np.uint64).reshape(2, 2, 1)))
    keep("uint64-labels", image(np.array([1, 0, 2, 3], dtype=np.uint64).reshape(2, 2, 1)))
    odd = voxels("float32")
    odd.flat[:3] = [np.nan, np.inf, -np.inf]
    keep("not-finite", image(odd))
    extended = image(voxels("int16"))
    extended.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"some words of no weight"))
    keep("extension", extended)


def keep_affines():
    flips = {"RAS": [1, 1, 1], "LPS": [-1, -1, 1], "LAS": [-1, 1, 1], "RPI": [1, -1, -1]}
    for code, signs in flips.items():
        keep(f"qform-{code}", coded(np.diag([*np.array(signs) * [1.5, 2, 3], 1]), 0, 1))
    swapped = np.array([[0, 0, 3.3, -40], [-1.2, 0, 0, 10], [0, 0.8, 0, 5], [0, 0, 0, 1]])
    keep("qform-swapped", coded(swapped, 0, 2))
    mirrored = OBLIQUE @ np.diag([-1, 1, 1, 1])
    for version in (1, 2):
        keep(f"qform-oblique-{version}", coded(OBLIQUE, 0, 1, version))
        keep(f"qform-mirrored-{version}", coded(mirrored, 0, 1, version))
        keep(f"sform-{version}", coded(mirrored, 1, 0, version))
        both = coded(OBLIQUE, 1, 1, version)
        both.set_sform(np.diag([2.0, 3, 4, 1]), 1)
        both.header["qform_code"] = 3
        keep(f"sform-before-qform-{version}", both)
        # Patched, for nibabel sets a code when voxel sizes and affine differ.
        at, step, form = ((80, 4, "<f"), (112, 8, "<d"))[version - 1]
        sizes = [(at + step * n, form, size) for n, size in enumerate([1.5, 2.5, 3.5])]
        keep(f"neither-{version}", coded(OBLIQUE, 0, 0, version), patches=sizes)
    sheared = OBLIQUE.copy()
    sheared[0, 1] += 0.4
    keep("sform-sheared", coded(sheared, 2, 0))
    strange = nib.affines.from_matvec(nib.eulerangles.euler2mat(0.78, 0.7, -0.79) @ np.diag([3, 1, 1]), [1, 2, 3])
    keep("sform-diagonal", coded(strange, 1, 0))
    plain = coded(np.diag([1.5, 2, 3, 1]), 0, 1)
    keep("qfac-zero", plain, patches=[(76, "<f", 0.0)])
    keep("pixdim-negative", plain, patches=[(80, "<f", -1.5)])
    # nibabel makes 1 mm of it; volumes and distances would be made up.
    keep("pixdim-zero", plain, patches=[(80, "<f", 0.0)], error="pixdim[1] 0")
    # A hair too long for a unit quaternion, which rounding makes of half turns.
    keep("quaternion-long", coded(np.diag([-1.0, -1, 1, 1]), 0, 1), patches=[(264, "<f", 1.0000001)])
    for name, units, scale in (("metre", 1, 1000.0), ("micron", 3, 0.001), ("unknown", 0, 1.0), ("micron-and-seconds", 11, 0.001)):
        keep(f"units-{name}", coded(np.diag([1.5, 2, 3, 1]), 1, 1), patches=[(123, "<B", units)], scale=scale)
    keep("sform-zero", coded(np.eye(4), 1, 0), patches=[(280, "<f", 0.0)], error="extent")
    keep("sform-nan", coded(np.eye(4), 1, 0), patches=[(292, "<f", np.nan)], error="extent")


def coded(affine, sform, qform, version=1):
    made = image(voxels("int16"), affine, version)
    made.set_sform(affine if sform else None, sform)
    made.set_qform(affine if qform else None, qform)
    # Nothing right may be left where a code says not to look.
    if not sform:
        for row in ("srow_x", "srow_y", "srow_z"):
            made.header[row] = 9
    if not qform:
        for field in ("quatern_b", "quatern_c", "quatern_d"):
            made.header[field] = 0.1
    return made


def keep_scalings():
    pairs = {
        "both": (2.5, -3.25), "none": (0.0, 5.0), "nan": (np.nan, np.nan), "identity": (1.0, 0.0),
        "offset": (1.0, -1024.0), "infinite": (np.inf, 0.0), "negative": (-0.001, 0.1),
    }
    for name, (slope, inter) in pairs.items():
        for dtype in ("int16", "float32"):
            keep(f"scaling-{name}-{dtype}", image(voxels(dtype)), patches=[(112, "<f", slope), (116, "<f", inter)])
    two = image(voxels("uint8"), version=2)
    keep("scaling-both-2", two, patches=[(176, "<d", 0.1), (184, "<d", 1e-9)])
    keep("scaling-damaged", image(voxels("int16")), patches=[(112, "<f", 2.0), (116, "<f", np.nan)], error="scl_inter")


def keep_dims():
    for shape in [(3, 4, 1), (3, 4, 2, 1), (3, 4, 2, 3), (3, 4, 1, 2), (3, 4, 2, 1, 3), (1, 1, 1), (3, 4, 2, 1, 1, 1, 1)]:
        keep("dims-" + "x".join(map(str, shape)), image(voxels("int16", shape)))
    for shape in [(5,), (3, 4), (3, 4, 2, 2, 2), (2, 2, 2, 1, 2, 2)]:
        keep("dims-" + "x".join(map(str, shape)), image(voxels("int16", shape)), error=f"{len(shape)}-D")
    keep("dims-zero", image(voxels("int16")), patches=[(42, "<h", 0)], error="dimensions")
    keep("dims-negative", image(voxels("int16")), patches=[(44, "<h", -4)], error="dimensions")
    keep("dims-eight", image(voxels("int16")), patches=[(40, "<h", 8)], error="dimensions")


def keep_refusals():
    rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    keep("rgb", nib.Nifti1Image(rgb, np.eye(4)), error="RGB")
    keep("complex", image(np.zeros(SHAPE, np.complex64)), error="complex64")
    keep("type-unknown", image(voxels("int16")), patches=[(70, "<h", 77)], error="unknown voxel type 77")
    plain = image(voxels("int16"))
    keep("pair", plain, patches=[(344, "<4s", b"ni1\0")], error="pair")
    keep("pair-2", image(voxels("int16"), version=2), patches=[(4, "<4s", b"ni2\0")], error="pair")
    keep("analyze", plain, patches=[(344, "<4s", b"\0\0\0\0")], error="magic")
    keep("magic-2-text-mode", image(voxels("int16"), version=2), patches=[(8, "<4s", b"\n\n\x1a\n")], error="no known")
    keep("offset-low", plain, patches=[(108, "<f", 100.0)], error="byte 100")
    keep("offset-nan", plain, patches=[(108, "<f", np.nan)], error="byte NaN")
    keep("cut-voxels", plain, cut=360, error="promises")
    keep("cut-header", plain, cut=200, error="200 bytes")
    keep("cut-header-2", image(voxels("int16"), version=2), cut=500, error="500 bytes")
    keep("cut-gzip", plain, zipped=True, cut=120, error="cut off")
    keep("cut-gzip-trailer", plain, zipped=True, cut=-4, error="cut off")
    short = bytes(plain.to_bytes())[:380]
    keep("cut-before-gzip", plain, raw=short, zipped=True, error="28 bytes of voxels")
    huge = [(42, "<h", 30000), (44, "<h", 30000), (46, "<h", 60)]
    keep("huge", plain, patches=huge, error="promises")
    keep("huge-gzip", plain, patches=huge, zipped=True, error="promises")
    two = image(voxels("int16"), version=2)
    keep("huge-2", two, patches=[(24, "<q", 2**62)], zipped=True, error="promises")
    (FOLDER / "text.nii").write_bytes(b"this is no image\n" * 30)
    cases.append({"file": "text.nii", "error": "no known"})
    (FOLDER / "empty.nii").write_bytes(b"")
    cases.append({"file": "empty.nii", "error": "empty"})


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
nib.imageglobals.logger.setLevel("CRITICAL")
keep_types()
keep_affines()
keep_scalings()
keep_dims()
keep_refusals()
provenance = {"script": "test/oracle/nifti.py", "nibabel": nib.__version__, "numpy": np.__version__}
(FOLDER / "expected.json").write_text(json.dumps({"provenance": provenance, "cases": cases}) + "\n")
