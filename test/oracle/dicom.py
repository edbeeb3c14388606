"""DICOM series of every kind as small zips, and what pydicom and ITK read from them.

Writes test/oracle/fixtures/dicom/<case>.zip and expected.json, and copies test files of pydicom (MIT licence). Needs
pydicom 3.0.2, pylibjpeg-openjpeg, pyjpegls, python-gdcm 3.2.6 and SimpleITK 2.5.7. Run from the repository root:
    python test/oracle/dicom.py
"""

import copy
import io
import json
import shutil
import struct
import tempfile
import zipfile
from pathlib import Path

import gdcm
import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage, DeflatedExplicitVRLittleEndian, EnhancedCTImageStorage, EnhancedMRImageStorage, ExplicitVRBigEndian,
    ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1,
    JPEGLSLossless, MediaStorageDirectoryStorage, MRImageStorage, PositronEmissionTomographyImageStorage, RLELossless,
)

FOLDER = Path("test/oracle/fixtures/dicom")
ROOT = "1.2.826.0.1.3680043.8.498.77"
expected = {}
rng = np.random.default_rng(7)


def uid(*parts):
    return ".".join([ROOT, *map(str, parts)])


def content(slices, rows, columns, low=0, high=4095):
    """Smooth, different in every direction, with some noise; whole numbers from low to high."""
    k, j, i = np.meshgrid(np.arange(slices), np.arange(rows), np.arange(columns), indexing="ij")
    wave = np.sin(i / 3) + np.cos(j / 4 + k / 5) + 0.05 * k + 0.1 * rng.standard_normal(i.shape)
    unit = (wave - wave.min()) / (wave.max() - wave.min())
    return np.round(low + unit * (high - low)).astype(np.int64)


def classic(raw, series=1, modality="CT", **changes):
    """One data set a slice; raw has axes slice, row, column. Changes hold for all, or are functions of the slice."""
    datasets = []
    for k, pixels in enumerate(raw):
        ds = Dataset()
        ds.SpecificCharacterSet = "ISO_IR 100"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.SOPClassUID = {"CT": CTImageStorage, "MR": MRImageStorage, "PT": PositronEmissionTomographyImageStorage}[modality]
        ds.SOPInstanceUID = uid(series, k + 1)
        ds.StudyDate, ds.Modality, ds.StudyDescription = "20200102", modality, "phantom"
        ds.PatientName, ds.PatientID, ds.PatientSex = "Müller^Jörg", "P-77", "O"
        ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(0), uid(series)
        ds.SeriesNumber, ds.InstanceNumber, ds.AcquisitionNumber = series, k + 1, 1
        ds.FrameOfReferenceUID = uid(0, 1)
        ds.SliceThickness = 2.5
        ds.ImagePositionPatient = [20, 30, -10 + 2.5 * k]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing = [2, 1.5]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.Rows, ds.Columns = pixels.shape
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.RescaleIntercept, ds.RescaleSlope = -1024, 1
        for name, value in changes.items():
            value = value(k) if callable(value) else value
            if value is None:
                delattr(ds, name)
            else:
                setattr(ds, name, value)
        dtype = np.dtype(f"{'i' if ds.PixelRepresentation else 'u'}{ds.BitsAllocated // 8}")
        ds.PixelData = pixels.astype(dtype).tobytes()
        ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
        datasets.append(ds)
    return datasets


def item(**values):
    ds = Dataset()
    for name, value in values.items():
        setattr(ds, name, value)
    return ds


def enhanced(raw, positions, sop=EnhancedMRImageStorage, number=1, per_frame=None, shared=None, **changes):
    """One multi-frame data set; positions for each frame, per_frame a function that adds to the groups of a frame."""
    ds = classic(raw[:1], series=50, modality="MR")[0]
    for name in ["SliceThickness", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"]:
        delattr(ds, name)
    del ds.RescaleSlope, ds.RescaleIntercept
    ds.SOPClassUID, ds.SOPInstanceUID, ds.InstanceNumber = sop, uid(50, number), number
    if sop == EnhancedCTImageStorage:
        ds.Modality = "CT"
    ds.NumberOfFrames = len(raw)
    groups = shared or Dataset()
    groups.PlaneOrientationSequence = Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])
    groups.PixelMeasuresSequence = Sequence([item(PixelSpacing=[2, 1.5], SliceThickness=2.5)])
    ds.SharedFunctionalGroupsSequence = Sequence([groups])
    frames = []
    for index, position in enumerate(positions):
        group = Dataset()
        group.PlanePositionSequence = Sequence([item(ImagePositionPatient=list(position))])
        if per_frame:
            per_frame(group, index)
        frames.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    ds.PixelData = raw.astype("<u2").tobytes()
    ds["PixelData"].VR = "OW"
    for name, value in changes.items():
        setattr(ds, name, value)
    return ds


def scaling(slope, intercept):
    return Sequence([item(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US")])


def file_bytes(ds, syntax=ExplicitVRLittleEndian):
    ds = copy.deepcopy(ds)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(syntax, generate_instance_uid=False)
    if syntax == ExplicitVRBigEndian:
        width = ds.BitsAllocated // 8
        ds.PixelData = np.frombuffer(ds.PixelData, f"<u{width}").astype(f">u{width}").tobytes()
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def jpeg_lossless(plain):
    """By GDCM, which is the only one that writes it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/a.dcm", f"{folder}/b.dcm"
        Path(source).write_bytes(plain)
        reader = gdcm.ImageReader()
        reader.SetFileName(source)
        assert reader.Read()
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer = gdcm.ImageWriter()
        writer.SetFileName(target)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        assert writer.Write()
        written = Path(target).read_bytes()
    assert pydicom.dcmread(io.BytesIO(written)).file_meta.TransferSyntaxUID == JPEGLosslessSV1
    return written


def pack(case, files):
    """Files by name, in an order that means nothing."""
    names = sorted(files)
    rng.shuffle(names)
    with zipfile.ZipFile(FOLDER / f"{case}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)


def named(datasets, syntax=ExplicitVRLittleEndian, prefix="IM"):
    order = rng.permutation(len(datasets))
    return {f"{prefix}{n:04d}.dcm": file_bytes(ds, syntax) for n, ds in zip(order, datasets)}


def frames_of(datasets):
    """(position, orientation, spacing, values) of each frame, scaled, by pydicom alone."""
    for ds in datasets:
        ds = pydicom.dcmread(io.BytesIO(file_bytes(ds)))
        if "PerFrameFunctionalGroupsSequence" not in ds:
            values = ds.pixel_array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
            yield ds.ImagePositionPatient, ds.ImageOrientationPatient, ds.PixelSpacing, values
            continue
        shared = ds.SharedFunctionalGroupsSequence[0]
        for group, pixels in zip(ds.PerFrameFunctionalGroupsSequence, ds.pixel_array):
            find = lambda name: (group if name in group else shared)[name].value[0]
            scale = group if "PixelValueTransformationSequence" in group else shared
            slope, intercept = 1, 0
            if "PixelValueTransformationSequence" in scale:
                scale = scale.PixelValueTransformationSequence[0]
                slope, intercept = float(scale.RescaleSlope), float(scale.RescaleIntercept)
            yield (find("PlanePositionSequence").ImagePositionPatient,
                   find("PlaneOrientationSequence").ImageOrientationPatient,
                   find("PixelMeasuresSequence").PixelSpacing, pixels * slope + intercept)


def say(case, datasets, integer=True, **more):
    """What the volume of these data sets is: probes at (column, row, slice) with their places in RAS and values."""
    frames = list(frames_of(datasets))
    orientation = np.array(frames[0][1], float)
    normal = np.cross(orientation[:3], orientation[3:])
    frames.sort(key=lambda frame: float(np.dot(normal, np.array(frame[0], float))))
    rows, columns = frames[0][3].shape
    probes = []
    for _ in range(12):
        i, j, k = int(rng.integers(columns)), int(rng.integers(rows)), int(rng.integers(len(frames)))
        position, _, spacing, values = frames[k]
        place = (np.array(position, float) + orientation[:3] * float(spacing[1]) * i
                 + orientation[3:] * float(spacing[0]) * j)
        probes.append({"voxel": [i, j, k], "ras": [-place[0], -place[1], place[2]], "value": float(values[j, i])})
    total = float(sum(values.sum() for *_, values in frames))
    expected[case] = {"shape": [columns, rows, len(frames)], "integer": integer, "sum": total, "probes": probes, **more}


def itk(files):
    """Affine (RAS, by rows) and sum of values as ITK's series reader has them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content_ in files.items():
            Path(folder, name).write_bytes(content_)
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
        image = reader.Execute()
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine = np.diag([-1, -1, 1]) @ np.c_[direction, image.GetOrigin()]
    return {"affine": affine.ravel().tolist(), "sum": float(sitk.GetArrayViewFromImage(image).astype(float).sum())}


def series(case, datasets, syntax=ExplicitVRLittleEndian, **more):
    files = named(datasets, syntax)
    pack(case, files)
    say(case, datasets, itk=itk(files), **more)


def classic_series():
    d0 = content(24, 28, 32)
    series("d0", classic(d0), modality="CT")
    small = content(6, 7, 9)
    series("same-instance-number", classic(small, InstanceNumber=1))
    series("no-instance-number", classic(small, InstanceNumber=None))
    series("reversed-instance-number", classic(small, InstanceNumber=lambda k: 6 - k))
    jitter = [0, 1, -1, 1, -1, 0]
    series("jitter", classic(small, ImagePositionPatient=lambda k: [20, 30, -10 + 2.5 * k + 0.0125 * jitter[k]]))
    turn = np.array([0.9, 0.1, -0.3])
    turn /= np.linalg.norm(turn)
    down = np.cross(np.cross(turn, [0.2, 0.9, 0.3]), turn)
    down /= np.linalg.norm(down)
    series("oblique", classic(small, modality="MR", RescaleSlope=None, RescaleIntercept=None,
                              ImageOrientationPatient=[round(v, 10) for v in [*turn, *down]],
                              ImagePositionPatient=lambda k: [round(v, 9) for v in
                                                              np.array([-11, 40, 7]) + 3.3 * (5 - k) * np.cross(turn, down)]),
           modality="MR")
    series("row-column-spacing", classic(content(4, 10, 30), PixelSpacing=[2, 1]))
    pet = np.full((3, 4, 5), 100)
    series("pet-slopes", classic(pet, modality="PT", RescaleSlope=lambda k: 2 ** k, RescaleIntercept=0, Units="BQML"),
           modality="PET", integer=False)
    series("slope-half", classic(np.full((2, 3, 3), 2248), RescaleSlope=0.5, RescaleIntercept=-1024), integer=False)
    series("slope-odd", classic(np.full((2, 3, 3), 16000), BitsStored=16, HighBit=15, RescaleSlope=2.059,
                                RescaleIntercept=-32754), integer=False)
    signed = content(4, 5, 6, -32768, 32767)
    whole = dict(BitsStored=16, HighBit=15)
    series("int16-edge", classic(signed, PixelRepresentation=1, RescaleIntercept=0, **whole))
    series("uint16-offset", classic(content(4, 5, 6, 0, 65535), RescaleIntercept=-1024, **whole))
    series("uint32", classic(content(3, 4, 5, 0, 2**32 - 1), BitsAllocated=32, BitsStored=32, HighBit=31, RescaleIntercept=0))
    series("uint8", classic(content(3, 4, 5, 0, 255), BitsAllocated=8, BitsStored=8, HighBit=7, RescaleIntercept=0))


def stored_bits():
    """12 signed bits whose upper four hold an overlay, as old scanners wrote; ITK and pydicom see the 12 alone."""
    values = content(4, 5, 6, -2048, 2047)
    clean = classic(values, PixelRepresentation=1, RescaleIntercept=0)
    dirty = copy.deepcopy(clean)
    for ds in dirty:
        pixels = np.frombuffer(ds.PixelData, "<u2") & 0x0FFF | 0x5000
        ds.PixelData = pixels.astype("<u2").tobytes()
    pack("overlay-bits", named(dirty))
    say("overlay-bits", clean)


def syntaxes():
    signed = dict(PixelRepresentation=1, BitsStored=16, HighBit=15, RescaleIntercept=0)
    datasets = classic(content(4, 37, 33, -3000, 3000), **signed)  # OpenJPEG takes 32 pixels or more
    for case, syntax in [("implicit", ImplicitVRLittleEndian), ("deflated", DeflatedExplicitVRLittleEndian),
                         ("big-endian", ExplicitVRBigEndian), ("rle", RLELossless), ("jpeg-ls", JPEGLSLossless),
                         ("jpeg-2000", JPEG2000Lossless)]:
        series(case, datasets, syntax)
    files = {name: jpeg_lossless(plain) for name, plain in named(datasets).items()}
    pack("jpeg-lossless", files)
    say("jpeg-lossless", datasets, itk=itk(files))
    twelve = classic(content(3, 16, 12))
    files = {name: jpeg_lossless(plain) for name, plain in named(twelve).items()}
    pack("jpeg-lossless-12", files)
    say("jpeg-lossless-12", twelve, itk=itk(files))
    bytes_ = classic(content(3, 34, 36, 0, 255), BitsAllocated=8, BitsStored=8, HighBit=7, RescaleIntercept=0)
    for case, syntax in [("rle-8", RLELossless), ("jpeg-ls-8", JPEGLSLossless), ("jpeg-2000-8", JPEG2000Lossless),
                         ("big-endian-8", ExplicitVRBigEndian)]:
        series(case, bytes_, syntax)
    lossy = classic(content(3, 16, 12, 0, 255), BitsAllocated=8, BitsStored=8, HighBit=7, RescaleIntercept=0)
    for ds in lossy:
        ds.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    pack("lossy-jpeg", named(lossy, JPEGBaseline8Bit))


def odd_files():
    """Names without ending; no preamble, implicit from byte 0; a directory, a PDF and a Thumbs.db beside them."""
    datasets = classic(content(4, 7, 9))
    bare = {}
    for n, ds in enumerate(datasets):
        whole = file_bytes(ds, ImplicitVRLittleEndian)
        meta = struct.unpack("<I", whole[140:144])[0]
        bare[f"IM{n:04d}"] = whole[144 + meta:]
    directory = Dataset()
    directory.SOPClassUID, directory.SOPInstanceUID = MediaStorageDirectoryStorage, uid(9, 9)
    directory.DirectoryRecordSequence = Sequence([])
    extra = {"DICOMDIR": file_bytes(directory), "report.pdf": b"%PDF-1.4\n" + bytes(300), "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(600)}
    pack("bare", {**bare, **extra})
    say("bare", datasets)
    pack("meta-without-preamble", {f"A{n}": file_bytes(ds)[132:] for n, ds in enumerate(datasets)})
    say("meta-without-preamble", datasets)


def apart():
    """Other directions, frames of reference and series."""
    datasets = classic(content(5, 7, 9))
    coronal = classic(content(1, 7, 9), SOPInstanceUID=uid(1, 99), ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    pack("localizer", named(datasets + coronal))
    say("localizer", datasets)
    moved = classic(content(2, 7, 9), SOPInstanceUID=lambda k: uid(1, 90 + k), FrameOfReferenceUID=uid(0, 2),
                    ImagePositionPatient=lambda k: [20, 30, 500 + 2.5 * k])
    pack("other-frame-of-reference", named(datasets + moved))
    say("other-frame-of-reference", datasets)
    marked = classic(content(1, 7, 9), SOPInstanceUID=uid(1, 98), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
                     ImagePositionPatient=[20, 30, 2.5])
    pack("marked-localizer", named(datasets + marked))
    say("marked-localizer", datasets)
    second = classic(content(4, 6, 8), series=2, modality="MR", RescaleSlope=None, RescaleIntercept=None)
    pack("two-series", {**named(datasets, prefix="A"), **named(second, prefix="B")})
    say("two-series/1", datasets)
    say("two-series/2", second)


def refused():
    raw = content(4, 7, 9)
    at = lambda places: lambda k: [20, 30, places[k]]
    pack("missing", named(classic(raw, ImagePositionPatient=at([0, 1, 3, 4]))))
    pack("twice", named(classic(raw, ImagePositionPatient=at([0, 1, 1, 2]))))
    pack("uneven", named(classic(raw, ImagePositionPatient=at([0, 1, 2.2, 3.2]))))
    tilt = np.deg2rad(15)
    pack("tilted", named(classic(raw, ImageOrientationPatient=[1, 0, 0, 0, round(np.cos(tilt), 9), round(np.sin(tilt), 9)],
                                 ImagePositionPatient=lambda k: [0, 0, 5 * k])))
    pack("shifted", named(classic(raw, ImagePositionPatient=lambda k: [20 + 3 * (k == 2), 30, 2.5 * k])))
    mixed = classic(raw) + classic(content(1, 8, 9), SOPInstanceUID=uid(1, 77), ImagePositionPatient=[20, 30, 0])
    pack("mixed", named(mixed))
    stacked = classic(raw[:1], ImagePositionPatient=None, ImageOrientationPatient=None)[0]
    stacked.NumberOfFrames, stacked.PixelData = 4, raw.astype("<u2").tobytes()
    pack("multi-frame-without-positions", named([stacked]))
    pack("single", named(classic(raw[:1])))
    points = [ds for t in range(3) for ds in classic(raw + t, modality="MR", TemporalPositionIdentifier=t + 1,
                                                     SOPInstanceUID=lambda k, t=t: uid(1, t, k))]
    pack("time-series", named(points))
    say("time-series/2", points[4:8])
    colour = classic(raw, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    pack("colour", named(colour))


def multi_frame():
    raw = content(5, 7, 9)
    order = [3, 0, 4, 1, 2]
    places = [(20, 30, -10 + 2.5 * k) for k in order]
    scaled = enhanced(raw, places, per_frame=lambda group, n: setattr(
        group, "PixelValueTransformationSequence", scaling(0.25 * (n + 1), -n)))
    pack("enhanced-mr", named([scaled]))
    say("enhanced-mr", [scaled], integer=False, modality="MR")
    shared = Dataset()
    shared.PixelValueTransformationSequence = scaling(1, -1024)
    large = content(5, 34, 36)
    ct = enhanced(large, places, EnhancedCTImageStorage, shared=shared)
    for case, syntax in [("enhanced-ct", ExplicitVRLittleEndian), ("enhanced-ct-rle", RLELossless),
                         ("enhanced-ct-jpeg-2000", JPEG2000Lossless), ("enhanced-ct-big-endian", ExplicitVRBigEndian)]:
        pack(case, named([ct], syntax))
        say(case, [ct], modality="CT")

    def kinds(group, n):
        kind = "M" if n < 5 else "FIELD_MAP"
        component = "MAGNITUDE" if n < 5 else "REAL"
        group.MRImageFrameTypeSequence = Sequence([item(FrameType=["ORIGINAL", "PRIMARY", "T1", kind],
                                                        ComplexImageComponent=component)])
        group.PixelValueTransformationSequence = scaling(1, 0) if n < 5 else scaling(0.244, -500)

    both = enhanced(np.concatenate([raw, raw[::-1]]), places * 2, per_frame=kinds)
    pack("enhanced-two-volumes", named([both]))
    parts = [enhanced(pixels, places, per_frame=lambda group, n, first=first: kinds(group, first + n))
             for first, pixels in [(0, raw), (5, raw[::-1])]]
    say("enhanced-two-volumes/magnitude", parts[:1])
    say("enhanced-two-volumes/field-map", parts[1:], integer=False)
    times = [enhanced(raw + n, places, number=n + 1, AcquisitionNumber=n + 1) for n in range(3)]
    pack("enhanced-time-series", named(times))
    say("enhanced-time-series/3", times[2:])
    halves = [enhanced(raw[:2], places[:2], number=1), enhanced(raw[2:], places[2:], number=2)]
    pack("enhanced-in-two-files", named(halves))
    say("enhanced-in-two-files", halves)


MARKER = "QXMARKERQX"


def marked():
    """Series of which every text element that may hold free text holds a marker, and identifiers a number like one."""
    from pydicom.datadict import DicomDictionary

    kept = {"SpecificCharacterSet", "Modality", "PhotometricInterpretation"}
    names = [(entry[4], entry[0]) for tag, entry in DicomDictionary.items()
             if entry[0] in ("CS", "SH", "LO", "PN", "ST", "LT", "AE") and entry[1].startswith("1") and not entry[3]
             and entry[4] and entry[4] not in kept and (tag >> 16) in (0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0040)]
    raw = content(4, 7, 9)

    def mark(ds):
        for name, _ in names:
            setattr(ds, name, MARKER)
        ds.ImageType = ["ORIGINAL", "PRIMARY", MARKER]
        for name in ["StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID"]:
            setattr(ds, name, str(getattr(ds, name)).replace(ROOT, "1.2.777777"))
        return ds

    at = lambda places: lambda k: [20, 30, places[k]]
    whole = classic(raw)
    variants = {
        "whole": whole,
        "missing": classic(raw, ImagePositionPatient=at([0, 1, 3, 4])),
        "twice": classic(raw, ImagePositionPatient=at([0, 1, 1, 2])),
        "mixed": whole[:3] + classic(content(1, 8, 9), SOPInstanceUID=uid(1, 77)),
        "single": whole[:1],
        "series": whole + classic(raw, series=2),
        "colour": classic(raw, SamplesPerPixel=3, PhotometricInterpretation="RGB"),
        "repeats": whole + classic(raw, EchoTime=5, SOPInstanceUID=lambda k: uid(1, 8, k)),
    }
    for name, datasets in variants.items():
        pack(f"marked-{name}", named([mark(ds) for ds in datasets]))


def told_apart():
    """Volumes of one place that only a reconstruction kernel, or only a dimension of the maker's own, tells apart."""
    raw = content(4, 7, 9)
    soft = classic(raw, ConvolutionKernel="B30f")
    sharp = classic(raw[::-1], ConvolutionKernel="B70f", SOPInstanceUID=lambda k: uid(1, 60 + k))
    pack("two-kernels", named(soft + sharp))
    say("two-kernels/1", soft)
    say("two-kernels/2", sharp)
    scout = classic(raw[:1], series=3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    pack("localizer-of-its-own", named(soft + scout))
    say("localizer-of-its-own", soft)
    places = [(20, 30, 2.5 * k) for k in range(4)]

    def dimensions(first):
        return lambda group, n: setattr(group, "FrameContentSequence", Sequence(
            [item(DimensionIndexValues=[1 + (first + n) // 4, 1 + n % 4])]))

    pointers = Sequence([item(DimensionIndexPointer=0x00209999, FunctionalGroupPointer=0x00209111),
                         item(DimensionIndexPointer=0x00200032, FunctionalGroupPointer=0x00209113)])
    both = enhanced(np.concatenate([raw, raw[::-1]]), places * 2, per_frame=dimensions(0), DimensionIndexSequence=pointers)
    pack("enhanced-dimensions", named([both]))
    say("enhanced-dimensions/1", [enhanced(raw, places)])
    say("enhanced-dimensions/2", [enhanced(raw[::-1], places)])


def of_pydicom():
    """Files of pydicom's own tests: one slice each in many syntaxes, and what pydicom reads from them."""
    folder = Path(pydicom.__file__).parent / "data/test_files"
    names = ["MR_small", "MR_small_RLE", "MR_small_bigendian", "MR_small_implicit", "MR_small_jp2klossless",
             "MR_small_jpeg_ls_lossless", "MR_small_padded", "693_J2KI", "JPEG2000", "JPEGLSNearLossless_08",
             "JPEGLSNearLossless_16", "image_dfl"]
    (FOLDER / "pydicom").mkdir(exist_ok=True)
    read = {}
    for name in names:
        shutil.copy(folder / f"{name}.dcm", FOLDER / "pydicom")
        pixels = pydicom.dcmread(folder / f"{name}.dcm").pixel_array.astype(np.int64)
        flat = pixels.ravel()
        places = sorted(int(at) for at in rng.integers(flat.size, size=20))
        read[name] = {"shape": list(pixels.shape[::-1]), "sum": int(flat.sum()),
                      "probes": [[at, int(flat[at])] for at in places]}
    return read


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for write in [classic_series, stored_bits, syntaxes, odd_files, apart, refused, multi_frame, marked, told_apart]:
        write()
    result = {"volumes": expected, "pydicom": of_pydicom()}
    (FOLDER / "expected.json").write_text(json.dumps(result, indent=1) + "\n")
