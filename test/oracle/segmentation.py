"""Segmentations that our encoder writes, as others read them: highdicom, pydicom, dciodvfy, dcmqi and OHIF's adapters.

Each segment of a case is an interval of the values of its series, so its voxels are worked out here from the series itself,
as pydicom reads it. Writes test/oracle/fixtures/segmentation.json: the hash of each file that passed every check, and the
SNOMED codes of our tables that are in PS3.16. Stops at the first difference.

Needs highdicom 0.28.2, pydicom 3.0.2 with pylibjpeg-openjpeg, dciodvfy (Debian's dicom3tools), the built project, and a
node_modules elsewhere with @cornerstonejs/adapters 4.19.0 and @itk-wasm/dicom 7.6.4, which bring more packages than the project
has (npm install --ignore-scripts --legacy-peer-deps). Run from the repository root:
    npm run build && python test/oracle/segmentation.py MODULES
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.sr._concepts_dict import concepts
from pydicom.sr.codedict import codes

FIXTURES = Path("test/oracle/fixtures")
IDENTITY = re.findall(r"\[(0x[0-9a-f]{8}), \"", Path("src/sources/dicom/identity.ts").read_text())


def first(*values):
    return next(value for value in values if value is not None)


class Slice:
    """A slice of a series: a classic file, or a frame of an enhanced one."""

    def __init__(self, ds, frame, values):
        self.ds, self.frame, self.values = ds, frame, values
        groups = []
        if "PerFrameFunctionalGroupsSequence" in ds:
            groups = [ds.PerFrameFunctionalGroupsSequence[frame - 1], ds.SharedFunctionalGroupsSequence[0]]

        def macro(sequence, name):
            return first(*[g[sequence][0].get(name) for g in groups if sequence in g], ds.get(name))

        self.position = [float(x) for x in macro("PlanePositionSequence", "ImagePositionPatient")]
        self.orientation = [float(x) for x in macro("PlaneOrientationSequence", "ImageOrientationPatient")]
        self.spacing = [float(x) for x in macro("PixelMeasuresSequence", "PixelSpacing")]

    @property
    def key(self):
        return (self.ds.SOPInstanceUID, self.frame)


def scaled(ds, pixels, frame):
    groups = []
    if frame is not None:
        groups = [ds.PerFrameFunctionalGroupsSequence[frame - 1], ds.SharedFunctionalGroupsSequence[0]]
    for group in groups:
        if "PixelValueTransformationSequence" in group:
            item = group.PixelValueTransformationSequence[0]
            return pixels * float(item.RescaleSlope) + float(item.RescaleIntercept)
    return pixels * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))


def read_series(name):
    slices = {}
    with zipfile.ZipFile(FIXTURES / "dicom" / f"{name}.zip") as archive:
        for entry in archive.namelist():
            ds = pydicom.dcmread(io.BytesIO(archive.read(entry)), force=True)
            if not hasattr(ds.file_meta, "TransferSyntaxUID"):
                implicit = ds.is_implicit_VR if hasattr(ds, "is_implicit_VR") else ds.original_encoding[0]
                ds.file_meta.TransferSyntaxUID = (
                    pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
                )
            if "PixelData" not in ds:
                continue
            pixels = ds.pixel_array.astype(np.float64)
            if "PerFrameFunctionalGroupsSequence" in ds:
                for frame in range(1, int(ds.NumberOfFrames) + 1):
                    one = Slice(ds, frame, scaled(ds, pixels[frame - 1], frame))
                    slices[one.key] = one
            else:
                one = Slice(ds, None, scaled(ds, pixels, None))
                slices[one.key] = one
    return slices


def expected_pixels(case, segment, source):
    interval = case["segments"][segment]
    mask = (source.values > interval["low"]) & (source.values <= interval["high"])
    if not case["fractional"]:
        return mask.astype(np.float64)
    fraction = 0.5 + 0.5 * (source.values - case["least"]) / (case["most"] - case["least"])
    return np.where(mask, np.round(255 * fraction), 0)


def raw(ds, tag):
    element = ds.get_item(int(tag, 16)) if int(tag, 16) in ds else None
    return None if element is None else (element.value or b"")


def check(name, case, path):
    """Everything that pydicom and highdicom can tell; returns the slices of the series that the file refers to."""
    series = read_series(case["series"])
    seg = pydicom.dcmread(path)
    frames = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    groups = seg.PerFrameFunctionalGroupsSequence
    assert len(frames) == len(groups) == seg.NumberOfFrames
    places, held = set(), set()
    for pixels, group in zip(frames, groups):
        reference = group.DerivationImageSequence[0].SourceImageSequence[0]
        source = series[(reference.ReferencedSOPInstanceUID, reference.get("ReferencedFrameNumber"))]
        assert reference.ReferencedSOPClassUID == source.ds.SOPClassUID
        assert reference.SpatialLocationsPreserved == "YES"
        assert [float(x) for x in group.PlanePositionSequence[0].ImagePositionPatient] == source.position
        shared = seg.SharedFunctionalGroupsSequence[0]
        assert [float(x) for x in shared.PlaneOrientationSequence[0].ImageOrientationPatient] == source.orientation
        assert [float(x) for x in shared.PixelMeasuresSequence[0].PixelSpacing] == source.spacing
        segment = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber) - 1
        difference = np.abs(pixels - expected_pixels(case, segment, source)).max()
        assert difference <= (1 if case["fractional"] else 0), (name, difference)
        assert pixels.any() or len(frames) == 1
        assert (segment, source.key) not in places
        places.add((segment, source.key))
        if pixels.any():
            held.add((segment, source.key))
    referred = {item.ReferencedSOPInstanceUID for item in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    used = [source for source in series.values() if source.ds.SOPInstanceUID in referred]
    assert len(used) == case["slices"]
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == used[0].ds.SeriesInstanceUID
    wanted = {
        (segment, source.key)
        for segment in range(len(case["segments"]))
        for source in used
        if expected_pixels(case, segment, source).any()
    }
    assert held == wanted, name
    for tag in IDENTITY:
        there = raw(used[0].ds, tag)
        assert there is None or raw(seg, tag) == there, (name, tag)
    assert seg.SeriesInstanceUID != used[0].ds.SeriesInstanceUID and seg.SOPInstanceUID not in referred

    read = hd.seg.segread(path)
    labels = [read.get_segment_description(n).segment_label for n in read.segment_numbers]
    assert labels == case["labels"]
    order = sorted(used, key=lambda source: source.key[1] or 0)
    if "ReferencedFrameNumber" in groups[0].DerivationImageSequence[0].SourceImageSequence[0]:
        if len(referred) == 1:
            stack = read.get_pixels_by_source_frame(
                source_sop_instance_uid=order[0].ds.SOPInstanceUID,
                source_frame_numbers=[source.frame for source in order],
                rescale_fractional=False,
            )
        else:
            stack = None
    else:
        stack = read.get_pixels_by_source_instance(
            source_sop_instance_uids=[source.ds.SOPInstanceUID for source in order], rescale_fractional=False
        )
    if stack is not None:
        for at, source in enumerate(order):
            for segment in range(len(case["segments"])):
                wanted = expected_pixels(case, segment, source)
                assert np.abs(stack[at, ..., segment] - wanted).max() <= (1 if case["fractional"] else 0), name
    return used, len(frames)


def image_of(source):
    ds = source.ds
    return {
        "SOPInstanceUID": ds.SOPInstanceUID,
        "SeriesInstanceUID": ds.SeriesInstanceUID,
        "FrameOfReferenceUID": ds.FrameOfReferenceUID,
        "NumberOfFrames": int(ds.get("NumberOfFrames", 1)),
        "frame": source.frame,
        "Rows": ds.Rows,
        "Columns": ds.Columns,
        "ImagePositionPatient": source.position,
        "ImageOrientationPatient": source.orientation,
        "PixelSpacing": source.spacing,
    }


def complaints(path):
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]


def check_codes():
    """Every code of our tables with the meaning that PS3.16 gives it in a context group for segments."""
    standard = {}
    for cid in [7150, *range(7151, 7161), 7166, 7191, 7192, 7194]:
        group = getattr(codes, f"cid{cid}")
        for keyword in group.dir():
            concept = getattr(group, keyword)
            standard[concept.value] = concept.meaning
    table = re.findall(r'^  "?([A-Za-z0-9 ]+)"?: "(\d+)",', Path("src/sources/dicom-seg/snomed-codes.ts").read_text(), re.M)
    pairs = [(value, meaning) for meaning, value in table]
    pairs += re.findall(r'snomed\("(\d+)", "([^"]+)"\)', Path("src/sources/dicom-seg/codes.ts").read_text())
    sides = {code: meaning for entries in concepts["SCT"].values() for code, (meaning, cids) in entries.items() if 244 in cids}
    for value, meaning in pairs:
        assert {**sides, **standard}.get(value) == meaning, (value, meaning)
    assert len(pairs) > 100
    return dict(sorted(pairs))


def check_ohif(modules, temporary, cases, sources):
    folder = Path(temporary)
    images = {name: [image_of(source) for source in used] for name, used in sources.items()}
    (folder / "sources.json").write_text(json.dumps(images))
    adapters = Path(modules) / "@cornerstonejs/adapters"
    subprocess.run(["node", "test/oracle/ohif-adapters.mjs", str(adapters), temporary], check=True)
    found = json.loads((folder / "ohif.json").read_text())
    for name, used in sources.items():
        assert found[name]["labels"] == cases[name]["labels"]
        for segment in range(len(cases[name]["segments"])):
            for at, source in enumerate(used):
                wanted = expected_pixels(cases[name], segment, source).astype(bool).ravel()
                seen = np.zeros_like(wanted)
                for layer in found[name]["layers"]:
                    seen |= np.array(layer[at]) == segment + 1
                assert (seen == wanted).all(), (name, segment, at)


def check_dcmqi(modules, temporary, cases, sources):
    """By position: dcmqi makes an image of the slices that there are frames for."""
    subprocess.run(["node", "test/oracle/dcmqi.mjs", modules, temporary], check=True)
    found = json.loads((Path(temporary) / "dcmqi.json").read_text())
    for name, used in sources.items():
        image = found[name]
        i, j, k = image["size"]
        data = np.array(image["data"]).reshape(k, j, i, image["components"])
        normal = np.array(image["direction"]).reshape(3, 3)[:, 2]
        case = cases[name]
        # Its JSON has Latin-1 labels as they are in the file, without a word of their character set.
        ascii_labels = [label for label in case["labels"] if label.isascii()]
        assert [one["SegmentLabel"] for one in image["segments"] if one["SegmentLabel"].isascii()] == ascii_labels
        slices = set()
        for source in used:
            along = np.dot(np.array(source.position) - image["origin"], normal) / image["spacing"][2]
            at = round(along)
            wanted = [expected_pixels(case, segment, source) for segment in range(len(case["segments"]))]
            if not 0 <= at < k:
                assert not any(mask.any() for mask in wanted), name
                continue
            assert abs(along - at) < 0.02 and np.linalg.norm(
                np.array(source.position) - image["origin"] - along * image["spacing"][2] * normal
            ) < 0.05, name
            slices.add(at)
            if case["fractional"]:
                assert np.abs(data[at, ..., 0] - sum(wanted)).max() <= 1, name
                continue
            for segment, mask in enumerate(wanted):
                seen = (data[at] == segment + 1).any(axis=-1)
                assert (seen == mask.astype(bool)).all(), (name, segment, at)
        assert len(slices) == k, name
    return {name: found[name]["by"] for name in sources}


def main(modules):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run(["node", "test/oracle/write-segmentations.mjs", temporary], check=True)
        cases = json.loads((folder / "expected.json").read_text())
        files, sources = {}, {}
        for name, case in cases.items():
            path = folder / f"{name}.dcm"
            used, frames = check(name, case, path)
            read_by = ["pydicom", "highdicom"]
            # What is wrong in the patient's data of a series stays wrong in what is copied.
            errors = [line for line in complaints(path) if "QXMARKERQX" not in line]
            assert errors == [], (name, errors)
            read_by.append("dciodvfy")
            sources[name] = used
            files[name] = {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "frames": frames,
                "readBy": read_by,
            }
        # OHIF's adapters read no fractions, and no overlapping segments of multi-frame images.
        for_ohif = {
            name: used
            for name, used in sources.items()
            if not cases[name]["fractional"] and not (used[0].frame and "overlapping" in name)
        }
        check_ohif(modules, temporary, cases, for_ohif)
        for name in for_ohif:
            files[name]["readBy"].append("OHIF's adapters")
        # DCMTK, which dcmqi reads by, loses its place among frames that end within a byte, from the third frame on; no
        # scanner's matrix makes such frames.
        for_dcmqi = {name: used for name, used in sources.items() if used[0].ds.Rows * used[0].ds.Columns % 8 == 0}
        for name, by in check_dcmqi(modules, temporary, cases, for_dcmqi).items():
            files[name]["readBy"].append(f"dcmqi ({by})")
    result = {
        "versions": {
            "highdicom": hd.__version__,
            "pydicom": pydicom.__version__,
            "@cornerstonejs/adapters": "4.19.0",
            "@itk-wasm/dicom": "7.6.4",
        },
        "files": files,
        "codes": check_codes(),
    }
    (FIXTURES / "segmentation.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


main(sys.argv[1])
