"""DICOM: size and kind of a picture, and its frames. Nothing about the patient is shown."""

import importlib
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pydicom.encaps
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import MAX_DECODED_BYTES, Array, encode_picture, reduced, stretched
from shared.readers.queries import PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import RangeSource, binary_file
from shared.schemas.previews import ImagePreview, TreeNode, TreePreview

_MAX_FILE_BYTES = 128 << 20
"""Bytes of a file of which the pixels are read."""
_MAX_HEADER_BYTES = 16 << 20
_SHOWN_TAGS = (
    "Modality", "BodyPartExamined", "PhotometricInterpretation", "SliceThickness", "PixelSpacing", "NumberOfFrames", "BitsStored",
    "PixelRepresentation", "LossyImageCompression", "SpacingBetweenSlices", "ImageOrientationPatient", "MRAcquisitionType",
)  # fmt: skip
"""Only these: all others may name a person, a place or a time."""
_NOTE = "Tags about the patient, the staff and the place are not shown"
_JPEG_LS = frozenset({"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"})
_JPEG = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70))
_JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})


def preview_dicom(source: RangeSource, _name: str, _options: PreviewOptions) -> ImagePreview | TreePreview:
    dataset = _read(source, with_pixels=False)
    details = _details(dataset)
    if "Rows" not in dataset or "Columns" not in dataset:
        nodes = [TreeNode(path=key, kind="value", value=value) for key, value in details.items()]
        return TreePreview(**blank(complete=False, notes=[_NOTE]), format="dicom", nodes=nodes)
    is_colour = int(dataset.get("SamplesPerPixel", 1) or 1) == 3
    return ImagePreview(
        **blank(complete=False, notes=[_NOTE]),
        format="dicom",
        width=int(dataset.Columns),
        height=int(dataset.Rows),
        channels=["red", "green", "blue"] if is_colour else ["grey"],
        bits=int(dataset.get("BitsAllocated", 8) or 8),
        pages=_frame_count(dataset),
        details=details,
    )


def thumbnail_of_dicom(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    if source.size > _MAX_FILE_BYTES:
        raise UnreadableFile(f"The pixels of DICOM files are read up to {_MAX_FILE_BYTES >> 20} MiB")
    dataset = _read(source, with_pixels=True)
    if any(tag not in dataset for tag in ("PixelData", "Rows", "Columns")):
        raise UnreadableFile("The file holds no picture")
    count = _frame_count(dataset)
    index = (query.page or count // 2 + 1) - 1
    if not 0 <= index < count:
        raise UnreadableFile(f"The file has {count:,} frames")
    frame_bytes = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("SamplesPerPixel", 1) or 1) * 4
    if frame_bytes > MAX_DECODED_BYTES:
        raise UnreadableFile(f"The picture is too large to be shown: {dataset.Columns:,} × {dataset.Rows:,} pixels")
    return encode_picture(_as_picture(dataset, _frame(dataset, index), query), query)


def _read(source: RangeSource, *, with_pixels: bool) -> Dataset:
    try:
        return pydicom.dcmread(binary_file(source), stop_before_pixels=not with_pixels, force=True)
    except (EOFError, AttributeError, NotImplementedError) as error:
        raise UnreadableFile(f"The DICOM file is damaged: {error}") from error


def _details(dataset: Dataset) -> dict[str, Any]:
    details = {tag: _plain(dataset[tag].value) for tag in _SHOWN_TAGS if tag in dataset}
    meta = getattr(dataset, "file_meta", None)
    for name, holder in (("SOPClassUID", dataset), ("TransferSyntaxUID", meta)):
        value = holder.get(name) if holder is not None else None
        if value:
            details[name.removesuffix("UID")] = str(getattr(value, "name", value))
    return details


def _plain(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple) or (hasattr(value, "__iter__") and not isinstance(value, str)):
        return [_plain(each) for each in list(value)[:16]]
    text = str(value)[:200]
    try:
        return float(text)
    except ValueError:
        return text


def _frame_count(dataset: Dataset) -> int:
    try:
        return max(int(dataset.get("NumberOfFrames", 1) or 1), 1)
    except (TypeError, ValueError):
        return 1


def _frame(dataset: Dataset, index: int) -> Array:
    syntax = str(getattr(dataset.file_meta, "TransferSyntaxUID", ""))
    if syntax in _JPEG_LS | _JPEG | _JPEG_2000:
        frame = pydicom.encaps.get_frame(dataset.PixelData, index, number_of_frames=_frame_count(dataset))
        decode = (
            imagecodecs.jpegls_decode
            if syntax in _JPEG_LS
            else imagecodecs.jpeg2k_decode
            if syntax in _JPEG_2000
            else imagecodecs.jpeg_decode
        )
        return np.asarray(decode(frame))
    return np.asarray(pixel_array(dataset, index=index))


def _as_picture(dataset: Dataset, pixels: Array, query: ThumbnailQuery) -> Image.Image:
    photometric = str(dataset.get("PhotometricInterpretation", ""))
    if photometric == "PALETTE COLOR":
        return Image.fromarray(stretched(np.asarray(apply_color_lut(pixels, dataset))))
    if pixels.ndim == 3:
        return Image.fromarray(np.ascontiguousarray(stretched(reduced(pixels, query))[..., :3]))
    grey = _windowed(dataset, np.asarray(reduced(pixels, query)))
    return Image.fromarray(255 - grey if photometric == "MONOCHROME1" else grey)


def _windowed(dataset: Dataset, pixels: Array) -> Any:
    """The window that the file names, and else the whole contrast."""
    values = np.asarray(apply_modality_lut(pixels, dataset))
    center, width = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    if not _is_number(center) or not _is_number(width):
        return stretched(values)
    center, width = _first_number(center), _first_number(width)
    low = center - max(width, 1.0) / 2
    return np.clip((values - low) * (255.0 / max(width, 1.0)), 0, 255).astype(np.uint8)


def _is_number(value: Any) -> bool:
    return value is not None and str(value) not in {"", "[]"}


def _first_number(value: Any) -> float:
    """A file may name several windows."""
    is_list = hasattr(value, "__iter__") and not isinstance(value, str)
    return float(value[0] if is_list else value)


def warm_up() -> None:
    for codec in ("_jpegls", "_jpeg8", "_jpeg2k", "_jpegsof3", "_imcd"):
        importlib.import_module(f"imagecodecs.{codec}")
    for syntax in ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"):
        get_decoder(syntax)


READER = Reader("dicom", 1, "pictures", preview_dicom, thumbnail=thumbnail_of_dicom)
