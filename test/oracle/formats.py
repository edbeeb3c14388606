"""NRRD and MetaImage files of every kind, and what ITK reads from them.

Writes test/oracle/fixtures/formats/* and expected.json. Made with SimpleITK 2.5 and pynrrd 1.1. Run from the repository root:
    python test/oracle/formats.py
"""

import gzip
import json
import shutil
import zlib
from pathlib import Path

import nrrd as pynrrd
import numpy as np
import SimpleITK as sitk

FOLDER = Path("test/oracle/fixtures/formats")
SHAPE = (3, 4, 2)
TYPES = ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
RNG = np.random.default_rng(1)
cases = []


def rotation():
    q, _ = np.linalg.qr(RNG.normal(size=(3, 3)))
    return q if np.linalg.det(q) > 0 else -q


OBLIQUE = rotation()
ORIGIN = (-12.5, 30.25, 7.75)
SPACING = (0.9, 1.1, 2.5)


def voxels(dtype, channels=1):
    count = int(np.prod(SHAPE)) * channels
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (np.arange(count) * 1.25 - 7.1).astype(dtype)
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**31)), min(info.max, 2**31 - 1 if dtype.kind == "i" else 2**32 - 1)
    return np.linspace(low, high, count).astype(np.int64).astype(dtype)


def image(dtype, channels=1, direction=OBLIQUE):
    data = voxels(dtype, channels).reshape((channels, *SHAPE[::-1]))
    parts = [sitk.GetImageFromArray(part) for part in data]
    made = parts[0] if channels == 1 else sitk.Compose(parts)
    made.SetSpacing(SPACING)
    made.SetOrigin(ORIGIN)
    made.SetDirection(direction.ravel())
    return made


def expect(file):
    """What ITK reads: voxels in order of channels, k, j, i; affine to RAS millimetres."""
    read = sitk.ReadImage(str(FOLDER / file))
    data = sitk.GetArrayFromImage(read)
    channels = read.GetNumberOfComponentsPerPixel()
    if read.GetDimension() == 4:
        channels = data.shape[0]
        read = read[:, :, :, 0]
    elif channels > 1:
        data = np.moveaxis(data, -1, 0)
    linear = np.array(read.GetDirection()).reshape(3, 3) @ np.diag(read.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = linear, read.GetOrigin()
    affine = np.diag([-1, -1, 1, 1]) @ affine
    cases.append(
        {
            "file": file,
            "shape": list(read.GetSize()),
            "channels": channels,
            "affine": affine.ravel().tolist(),
            "data": [float(value) for value in data.ravel()],
        }
    )


def written(file, made, compressed=False):
    sitk.WriteImage(made, str(FOLDER / file), compressed)
    expect(file)


def by_hand(file, header, data):
    (FOLDER / file).write_bytes(header.encode() + data)
    expect(file)


def nrrd(fields, data, file, magic="NRRD0004"):
    by_hand(file, "\n".join([magic, *(f"{key}: {value}" for key, value in fields.items())]) + "\n\n", data)


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)

for ending in ["nrrd", "mha"]:
    for dtype in TYPES:
        written(f"{dtype}.{ending}", image(dtype), compressed=dtype in ("int16", "float32"))
    written(f"channels.{ending}", image("float32", 2))
    written(f"channels-packed.{ending}", image("int16", 3), compressed=True)
    written(f"flipped.{ending}", image("int16", direction=np.diag([-1.0, 1.0, -1.0])))
    series = sitk.JoinSeries([image("int16"), image("int16") + 1], 0.0, 1.0)
    written(f"fourth-axis.{ending}", series)
for ending in ["nhdr", "mhd"]:
    written(f"detached-{ending}.{ending}", image("int16"))
    written(f"detached-packed-{ending}.{ending}", image("int16"), compressed=True)

little = voxels("int16").astype("<i2").tobytes()
big = voxels("int16").astype(">i2").tobytes()
plain = {
    "type": "short",
    "dimension": 3,
    "space": "left-posterior-superior",
    "sizes": "3 4 2",
    "space directions": "(0.9,0.1,0) (-0.1,1.1,0.2) (0,0,2.5)",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(-12.5,30.25,7.75)",
}
for space in ["RAS", "LAS", "LPS", "right-anterior-superior", "left-anterior-superior"]:
    nrrd({**plain, "space": space}, little, f"space-{space}.nrrd")
nrrd({**plain, "endian": "big"}, big, "big-endian.nrrd")
nrrd({**plain, "encoding": "gzip"}, gzip.compress(little, mtime=0), "gzip.nrrd")
nrrd({**plain, "byte skip": -1}, b"junk before" + little, "at-the-end.nrrd")
nrrd({**plain, "byte skip": 5}, b"12345" + little, "byte-skip.nrrd")
nrrd({**plain, "line skip": 2}, b"one\ntwo\n" + little, "line-skip.nrrd")
lines = {key: value for key, value in plain.items() if key not in ("space", "space directions", "space origin")}
nrrd({**lines, "spacings": "0.9 1.1 2.5"}, little, "spacings-alone.nrrd", magic="NRRD0001")
pairs = voxels("int16", 2).astype("<i2").tobytes()
nrrd(
    {
        **plain,
        "dimension": 4,
        "sizes": "2 3 4 2",
        "kinds": "vector domain domain domain",
        "space directions": "none (0.9,0.1,0) (-0.1,1.1,0.2) (0,0,2.5)",
    },
    pairs,
    "vector-first.nrrd",
)
nrrd({**plain, "# a comment": "x", "content": "a note"}, little, "notes.nrrd")

meta = {
    "ObjectType": "Image",
    "NDims": 3,
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": " ".join(str(value) for value in OBLIQUE.T.ravel()),
    "Offset": "-12.5 30.25 7.75",
    "CenterOfRotation": "0 0 0",
    "AnatomicalOrientation": "LPI",
    "ElementSpacing": "0.9 1.1 2.5",
    "DimSize": "3 4 2",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "LOCAL",
}


def metaimage(fields, data, file):
    by_hand(file, "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None), data)


def with_fields(**changes):
    """The data file stays last."""
    last = meta["ElementDataFile"]
    return {**{key: value for key, value in meta.items() if key != "ElementDataFile"}, **changes, "ElementDataFile": last}


metaimage(meta, little, "by-hand.mha")
metaimage(with_fields(BinaryDataByteOrderMSB="True"), big, "big-endian.mha")
metaimage(with_fields(AnatomicalOrientation="RAS"), little, "orientation-says-nothing.mha")
metaimage(with_fields(TransformMatrix=None, Position="-12.5 30.25 7.75", Offset=None), little, "position.mha")
packed = zlib.compress(little)
metaimage(with_fields(CompressedData="True", CompressedDataSize=len(packed)), packed, "packed-by-hand.mha")
(FOLDER / "own.raw").write_bytes(b"head" + little)
own = {key: value for key, value in meta.items() if key != "ElementDataFile"}
metaimage({**own, "HeaderSize": 4, "ElementDataFile": "own.raw"}, b"", "header-size.mhd")
metaimage({**own, "HeaderSize": -1, "ElementDataFile": "own.raw"}, b"", "header-size-rest.mhd")

# What other software writes.
SLICER = [
    "Segment0_Color:=0.5 0.68 0.5",
    "Segment0_ID:=Segment_1",
    "Segment0_LabelValue:=3",
    "Segment0_Name:=liver",
    "Segment0_Tags:=Segmentation.Status:inprogress|TerminologyEntry:Segmentation category~SCT^85756007|",
    "Segmentation_ContainedRepresentationNames:=Binary labelmap|Closed surface|",
]
vectors = "(0.9,0.1,0) (-0.1,1.1,0.2) (0,0,2.5)"


def lines_of(fields, *notes):
    return [*(f"{key}: {value}" for key, value in fields.items()), *notes]


def slicer(file, fields, data):
    comment = "# Complete NRRD file format specification at:\n# http://teem.sourceforge.net/nrrd/format.html"
    by_hand(file, "\n".join(["NRRD0004", comment, *lines_of(fields, *SLICER)]) + "\n\n", gzip.compress(data, mtime=0))


labels = {**plain, "type": "unsigned char", "kinds": "domain domain domain", "encoding": "gzip"}
slicer("slicer.seg.nrrd", labels, (voxels("uint8") % 4).tobytes())
layers = {**labels, "dimension": 4}
first = {"sizes": "2 3 4 2", "kinds": "list domain domain domain", "space directions": f"none {vectors}"}
last = {"sizes": "3 4 2 2", "kinds": "domain domain domain list", "space directions": f"{vectors} none"}
slicer("slicer-layers-first.seg.nrrd", {**layers, **first}, (voxels("uint8", 2) % 4).tobytes())
slicer("slicer-layers-last.seg.nrrd", {**layers, **last}, (voxels("uint8", 2) % 4).tobytes())
by_hand("crlf.nrrd", "\r\n".join(["NRRD0005", *lines_of(plain)]) + "\r\n\r\n", little)
nrrd({**plain, "space directions": "( 0.9, 0.1, 0 )  (-0.1, 1.1, 0.2)  (0, 0, 2.5)"}, little, "wide.nrrd")
nrrd({**plain, "encoding": "gzip", "byte skip": 4}, gzip.compress(b"head" + little, mtime=0), "skip-inside-gzip.nrrd")
nrrd({**plain, "encoding": "gzip", "byte skip": -1}, gzip.compress(b"head" + little, mtime=0), "end-of-gzip.nrrd")
(FOLDER / "list of voxels.raw").write_bytes(little)
nrrd({**plain, "data file": "list of voxels.raw"}, b"", "spaces-in-name.nhdr")
by_hand("no-empty-line.nhdr", "\n".join(["NRRD0004", *lines_of({**plain, "datafile": "list of voxels.raw"})]) + "\n", b"")
metaimage({**own, "ElementDataFile": "list of voxels.raw"}, b"", "spaces-in-name.mhd")
by_hand("crlf.mhd", "".join(f"{key} = {value}\r\n" for key, value in own.items()) + "ElementDataFile=list of voxels.raw", b"")
metaimage(with_fields(BinaryData="1", BinaryDataByteOrderMSB="1"), big, "numbers-for-truth.mha")
metaimage(with_fields(CompressedData="T", CompressedDataSize=len(packed)), packed, "letters-for-truth.mha")
metaimage(with_fields(ElementType="MET_SHORT_ARRAY"), little, "array.mha")
metaimage(with_fields(ElementType="MET_LONG"), voxels("int32").tobytes(), "long.mha")

pynrrd.write(
    str(FOLDER / "pynrrd.nrrd"),
    np.arange(24, dtype=np.float32).reshape(3, 4, 2),
    {"space": "left-posterior-superior", "space directions": OBLIQUE * 1.5, "space origin": ORIGIN},
    compression_level=9,
)
expect("pynrrd.nrrd")

(FOLDER / "expected.json").write_text(
    json.dumps({"by": f"SimpleITK {sitk.Version.VersionString()}", "cases": cases}, indent=None)
)
print(len(cases), "files")
