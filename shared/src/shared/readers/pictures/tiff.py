"""TIFF: pages, pyramids, 16 bits and more, OME. Of a pyramid, the smallest level that is large enough is read."""

import importlib
import io
import logging
import math
import struct
from typing import Any
from xml.parsers import expat

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import (
    MAX_DECODED_BYTES,
    Array,
    composed,
    contrast_of,
    encode_picture,
    reduced,
    stretched,
    wanted_size,
)
from shared.readers.queries import PreviewOptions, Region, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import BytesSource, RangeSource, binary_file
from shared.readers.xml_events import parse_xml
from shared.schemas.previews import ImagePreview

_MAX_PAGES = 5000
"""Pages of a file of which the series are looked for; of longer ones the first page is shown."""
_MAX_SHOWN_CHANNELS = 6
_MAX_XML_BYTES = 8 << 20
_ORIENTATION_TAG = 274
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ALPHA = frozenset({1, 2})
"""Kinds of extra samples that are alpha."""
_JPEG_COMPRESSIONS = frozenset({6, 7, 34892, 33007})
"""Compressions whose segments share tables and a header."""
_PIXEL_AXES = frozenset("YXS")
_CODECS = (
    "_imcd", "_shared", "_jpeg8", "_jpegsof3", "_jpeg2k", "_jpegls", "_jpegxl", "_jpegxr", "_deflate", "_zlib", "_zlibng", "_lzma",
    "_zstd", "_webp", "_png", "_lerc", "_avif", "_bitshuffle", "_pcodec", "_jetraw", "_ultrahdr", "_eer", "_ccitt", "_quantize",
)  # fmt: skip


class _TiffPicture:
    """A file with the series and planes that are shown."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.notes: list[str] = []
        try:
            self.file = tifffile.TiffFile(binary_file(source), _multifile=False)
        except tifffile.TiffFileError as error:
            raise UnreadableFile(f"The TIFF file is damaged: {error}") from error
        self.page_count = _count_pages(source)
        self.first = self.file.pages.first
        series = self.file.series if self.page_count <= _MAX_PAGES else []
        self.series: Any = series[0] if series else None
        if self.page_count > _MAX_PAGES:
            self.notes.append("The file has very many pages: only the first is shown")
        self.axes: str = self.series.axes if self.series is not None else self.first.axes
        self.shape: tuple[int, ...] = tuple(self.series.shape if self.series is not None else self.first.shape)
        self.outer = [(axis, size) for axis, size in zip(self.axes, self.shape, strict=True) if axis not in _PIXEL_AXES]
        self.channel_count = next((size for axis, size in self.outer if axis == "C"), 1)
        self.pages = int(np.prod([size for axis, size in self.outer if axis != "C"], dtype=np.int64))

    @property
    def levels(self) -> list[Any]:
        return list(self.series.levels) if self.series is not None else []

    def plane(self, page: int | None, channel: int, query: ThumbnailQuery) -> tuple[Array, Any]:
        """Pixels of one page and channel at a sufficient level, and the page of the file."""
        found = self._page_at(self._level(query), page, channel)
        if query.region:
            return self._part(found, query.region), found
        if found.nbytes > MAX_DECODED_BYTES:
            raise UnreadableFile(
                f"The picture is too large to be shown, and has no smaller copy: {found.imagewidth:,} × {found.imagelength:,} pixels"
            )
        try:
            pixels: Array = found.asarray(maxworkers=1)
        except (ValueError, KeyError, NotImplementedError, RuntimeError) as error:
            raise UnreadableFile(f"The picture cannot be decoded: {error}") from error
        return self._one_plane(np.asarray(pixels), found, page, channel), found

    def _level(self, query: ThumbnailQuery) -> Any:
        width, height = wanted_size(query)
        if query.region:
            width = width * self.first.imagewidth // query.region.width
            height = height * self.first.imagelength // query.region.height
        sufficient = [
            level for level in self.levels if level.keyframe.imagewidth >= width or level.keyframe.imagelength >= height
        ]
        smallest = min(sufficient, key=lambda level: level.keyframe.imagewidth, default=None)
        return smallest if smallest is not None else self.series

    def contrast(self, page: int | None, channel: int) -> tuple[float, float]:
        """That of the whole, so that its parts look alike."""
        overview = ThumbnailQuery()
        return contrast_of(reduced(self.plane(page, channel, overview)[0], overview))

    def _part(self, page: Any, region: Region) -> Array:
        """Pixels of a part of a page. Only the tiles or strips that it touches are read."""
        if not _has_parts(page):
            raise UnreadableFile("Parts of this picture cannot be read without the rest")
        across, down = page.imagewidth / self.first.imagewidth, page.imagelength / self.first.imagelength
        left, right = int(region.left * across), min(math.ceil((region.left + region.width) * across), page.imagewidth)
        top, bottom = int(region.top * down), min(math.ceil((region.top + region.height) * down), page.imagelength)
        if left >= right or top >= bottom:
            raise UnreadableFile("The picture ends before the part of it that was asked for")
        width, height = _segment_size(page)
        pixel_bytes = page.samplesperpixel * page.dtype.itemsize
        if max((right - left) * (bottom - top), width * height) * pixel_bytes > MAX_DECODED_BYTES:
            raise UnreadableFile("This part of the picture is too large to be shown; ask for a smaller one")
        part: Array = np.zeros((bottom - top, right - left, page.samplesperpixel), page.dtype)
        for row in range(top // height, -(-bottom // height)):
            for column in range(left // width, -(-right // width)):
                segment = self._segment(page, row * -(-page.imagewidth // width) + column)
                if segment is not None:
                    _paste(part, segment, column * width - left, row * height - top)
        return part if page.samplesperpixel > 1 else part[..., 0]

    def _segment(self, page: Any, index: int) -> Array | None:
        """A tile or strip; None where the file has no bytes for it."""
        if index >= len(page.dataoffsets) or not page.databytecounts[index]:
            return None
        data = self._source.read(page.dataoffsets[index], min(page.databytecounts[index], MAX_DECODED_BYTES))
        is_jpeg = page.compression in _JPEG_COMPRESSIONS
        tables = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader} if is_jpeg else {}
        try:
            segment, _, shape = page.decode(data, index, **tables)
        except (ValueError, KeyError, NotImplementedError, RuntimeError) as error:
            raise UnreadableFile(f"The picture cannot be decoded: {error}") from error
        return None if segment is None else np.asarray(segment)[0, : shape[1], : shape[2]]

    def _page_at(self, level: Any, page: int | None, channel: int) -> Any:
        if level is None:
            return self.first
        index = self._plane_index(page, channel)
        pages = level.pages
        count = len(pages)
        found = pages[index if index < count else 0]
        if found is None:
            raise UnreadableFile("The file does not hold this page")
        return found.aspage() if isinstance(found, tifffile.TiffFrame) else found

    def _plane_index(self, page: int | None, channel: int) -> int:
        """The index among the planes, of which the last axis runs fastest. Without a page: the middle of the stack."""
        sizes = [size for _, size in self.outer]
        if not sizes:
            return 0
        others = [size for axis, size in self.outer if axis != "C"]
        if page is None:
            places = iter([size // 2 if axis == "Z" else 0 for axis, size in self.outer if axis != "C"])
        else:
            if not 1 <= page <= self.pages:
                raise UnreadableFile(f"The picture has {self.pages:,} pages")
            places = iter(int(place) for place in np.unravel_index(page - 1, others)) if others else iter([])
        where = [min(channel, size - 1) if axis == "C" else next(places) for axis, size in self.outer]
        return int(np.ravel_multi_index(where, sizes))

    def _one_plane(self, pixels: Array, found: Any, page: int | None, channel: int) -> Array:
        """Pages may hold several planes, as those of ImageJ and of volumes do."""
        samples = found.samplesperpixel if found.planarconfig == 1 else 1
        wanted = 3 if samples > 1 else 2
        if found.planarconfig == 2 and found.samplesperpixel > 1 and pixels.ndim == 3:
            return np.moveaxis(pixels, 0, -1)
        while pixels.ndim > wanted:
            pixels = (
                pixels[min(self._plane_index(page, channel), pixels.shape[0] - 1)]
                if pixels.ndim == wanted + 1
                else pixels[0]
            )
        return pixels


def _has_parts(page: Any) -> bool:
    """A part of the page is shown as the page is: upright, with the samples of a pixel beside each other."""
    return (
        _orientation(page) == 1
        and page.dtype is not None
        and (page.planarconfig == 1 or page.samplesperpixel == 1)
        and len(page.shape) == (3 if page.samplesperpixel > 1 else 2)
    )


def _segment_size(page: Any) -> tuple[int, int]:
    """Width and height of a tile or strip."""
    if page.is_tiled:
        return page.tilewidth, page.tilelength
    return page.imagewidth, min(page.rowsperstrip, page.imagelength)


def _paste(canvas: Array, pixels: Array, left: int, top: int) -> None:
    """Put pixels there, as far as they are within the canvas."""
    x, y = max(left, 0), max(top, 0)
    shown = pixels[y - top : canvas.shape[0] - top, x - left : canvas.shape[1] - left]
    canvas[y : y + shown.shape[0], x : x + shown.shape[1]] = shown


def preview_tiff(source: RangeSource, _name: str, _options: PreviewOptions) -> ImagePreview:
    picture = _TiffPicture(source)
    first = picture.first
    names, details = _ome_channels(picture.file)
    details |= {
        "axes": picture.axes,
        "shape": list(picture.shape),
        "compression": first.compression.name.lower() if hasattr(first.compression, "name") else str(first.compression),
        "levels": [[level.keyframe.imagewidth, level.keyframe.imagelength] for level in picture.levels],
        "photometric": first.photometric.name.lower() if hasattr(first.photometric, "name") else str(first.photometric),
    }
    is_turned = _orientation(first) >= 5
    return ImagePreview(
        **blank(complete=not picture.notes, notes=picture.notes),
        format="tiff",
        width=first.imagelength if is_turned else first.imagewidth,
        height=first.imagewidth if is_turned else first.imagelength,
        channels=_channel_names(picture, names),
        bits=max(first.bitspersample, 1),
        pages=picture.pages,
        has_regions=_has_parts(first),
        details=details,
    )


def thumbnail_of_tiff(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    picture = _TiffPicture(source)
    wanted = query.channels or list(range(min(picture.channel_count, _MAX_SHOWN_CHANNELS)))
    if any(not 0 <= channel < picture.channel_count for channel in wanted):
        raise UnreadableFile(f"The picture has {picture.channel_count} channels, numbered from 0")
    if len(wanted) == 1:
        pixels, page = picture.plane(query.page, wanted[0], query)
        contrast = picture.contrast(query.page, wanted[0]) if query.region and _is_deep(pixels) else None
        return encode_picture(_upright(_as_picture(reduced(pixels, query), page, contrast), page), query)
    planes = []
    for channel in wanted[:_MAX_SHOWN_CHANNELS]:
        pixels, page = picture.plane(query.page, channel, query)
        contrast = picture.contrast(query.page, channel) if query.region and _is_deep(pixels) else None
        small = stretched(reduced(pixels, query), contrast)
        planes.append(small if small.ndim == 2 else small[..., 0])
    colours = _ome_colours(picture.file)
    return encode_picture(composed(planes, [colours.get(channel) for channel in wanted]), query)


def _is_deep(pixels: Array) -> bool:
    return pixels.dtype not in {np.dtype(np.uint8), np.dtype(np.bool_)}


def _as_picture(pixels: Array, page: Any, contrast: tuple[float, float] | None) -> Image.Image:
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None and pixels.ndim == 2:
        places = pixels.astype(np.intp)  # not bool, which would select
        return Image.fromarray((np.asarray(page.colormap)[:, places] >> 8).astype(np.uint8).transpose(1, 2, 0))
    shown = _scaled(stretched(pixels, contrast), page)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        shown = 255 - shown
    if shown.ndim == 2:
        return Image.fromarray(shown)
    samples = shown.shape[2]
    if page.photometric == tifffile.PHOTOMETRIC.CIELAB and samples == 3 and pixels.dtype == np.uint8:
        return Image.fromarray(shown, "LAB")
    if page.photometric == tifffile.PHOTOMETRIC.SEPARATED and samples == 4:
        return Image.fromarray(shown, "CMYK")
    if samples == 2:
        return Image.fromarray(shown[..., 0])
    has_alpha = samples >= 4 and any(int(kind) in _ALPHA for kind in page.extrasamples)
    return Image.fromarray(np.ascontiguousarray(shown[..., : 4 if has_alpha else 3]))


def _scaled(shown: NDArray[np.uint8], page: Any) -> NDArray[np.uint8]:
    """Samples of 2 to 7 bits, stretched to 8."""
    bits = page.bitspersample
    if not 1 < bits < 8:
        return shown
    scaled: NDArray[np.uint8] = (shown.astype(np.uint16) * 255 // ((1 << bits) - 1)).astype(np.uint8)
    return scaled


def _upright(picture: Image.Image, page: Any) -> Image.Image:
    turn = _TURNS.get(_orientation(page))
    return picture if turn is None else picture.transpose(turn)


def _orientation(page: Any) -> int:
    tag = page.tags.get(_ORIENTATION_TAG)
    return tag.value if tag is not None and isinstance(tag.value, int) else 1


def _channel_names(picture: _TiffPicture, names: list[str]) -> list[str]:
    if picture.channel_count > 1:
        return names if len(names) == picture.channel_count else [f"channel {n}" for n in range(picture.channel_count)]
    samples = picture.first.samplesperpixel
    if samples == 1:
        return names[:1] or ["grey"]
    if picture.first.photometric == tifffile.PHOTOMETRIC.SEPARATED:
        return ["cyan", "magenta", "yellow", "black", *["extra"] * (samples - 4)][:samples]
    if picture.first.photometric == tifffile.PHOTOMETRIC.CIELAB:
        return ["lightness", "a", "b", *["extra"] * (samples - 3)][:samples]
    known = ["grey"] if samples == 2 else ["red", "green", "blue"]
    return [*known, *["alpha" if picture.first.extrasamples else "extra"] * (samples - len(known))]


def _count_pages(source: RangeSource) -> int:
    """Pages of the main chain, counted up to the limit by their headers alone. Raises UnreadableFile for a chain that has no end."""
    head = source.read(0, 16)
    order = "<" if head[:2] == b"II" else ">"
    is_big = struct.unpack(order + "H", head[2:4])[0] == 43
    offset = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)[0]
    count_format, entry_bytes, offset_format = (
        (order + "Q", 20, order + "Q") if is_big else (order + "H", 12, order + "I")
    )
    seen: set[int] = set()
    while offset and len(seen) <= _MAX_PAGES:
        if offset in seen:
            raise UnreadableFile("The TIFF file is damaged: its pages lead in a circle")
        seen.add(offset)
        raw = source.read(offset, struct.calcsize(count_format))
        if len(raw) < struct.calcsize(count_format):
            break
        entries = struct.unpack(count_format, raw)[0]
        after = source.read(offset + len(raw) + entries * entry_bytes, struct.calcsize(offset_format))
        if entries > 0xFFFF or len(after) < struct.calcsize(offset_format):
            break
        offset = struct.unpack(offset_format, after)[0]
    return len(seen)


class _OmeChannels:
    """Channels of the first image, and the size of its pixels."""

    _SIZES = ("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "PhysicalSizeXUnit")

    def __init__(self) -> None:
        self.channels: list[dict[str, str]] = []
        self.details: dict[str, str] = {}
        self._images = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Image":
            self._images += 1
            if self._images == 1 and attributes.get("Name"):
                self.details["name"] = attributes["Name"]
        elif self._images <= 1 and name == "Channel":
            self.channels.append(attributes)
        elif self._images <= 1 and name == "Pixels":
            self.details |= {key: attributes[key] for key in self._SIZES if key in attributes}

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def _read_ome(file: tifffile.TiffFile) -> _OmeChannels:
    found = _OmeChannels()
    if file.is_ome:
        try:
            parse_xml(BytesSource((file.ome_metadata or "").encode()), found, max_bytes=_MAX_XML_BYTES)
        except (UnreadableFile, expat.ExpatError):
            return _OmeChannels()
    return found


def _ome_channels(file: tifffile.TiffFile) -> tuple[list[str], dict[str, Any]]:
    found = _read_ome(file)
    names = [each.get("Name") or f"channel {index}" for index, each in enumerate(found.channels)]
    return names, {"ome": found.details} if found.details else {}


def _ome_colours(file: tifffile.TiffFile) -> dict[int, tuple[int, int, int]]:
    """RGBA as a signed number, of which -1 (white) is what programs write that know none."""
    colours = {}
    for index, each in enumerate(_read_ome(file).channels):
        number = each.get("Color", "-1")
        if number.lstrip("-").isdecimal() and int(number) not in {-1, 0}:
            value = int(number) & 0xFFFFFFFF
            colours[index] = (value >> 24, value >> 16 & 255, value >> 8 & 255)
    return colours


def warm_up() -> None:
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # a damaged file is no event
    for codec in _CODECS:
        try:
            importlib.import_module(f"imagecodecs.{codec}")
        except ImportError:
            continue  # builds differ in what they contain
    sample = np.zeros((2, 3, 32, 32), np.uint16)
    for options in (
        {"ome": True},
        {"imagej": True},
        {"compression": "zlib"},
        {"compression": "lzw"},
        {"compression": "jpeg2000"},
    ):
        content = io.BytesIO()
        tifffile.imwrite(content, sample, photometric="minisblack", **options)
        source = BytesSource(content.getvalue())
        preview_tiff(source, "sample.tif", PreviewOptions())
        thumbnail_of_tiff(source, "sample.tif", ThumbnailQuery())


READER = Reader("tiff", 2, "pictures", preview_tiff, thumbnail=thumbnail_of_tiff, has_regions=True)
