"""CZI of Zeiss: metadata, planes by channel, depth and time, and the thumbnail that the microscope attached."""

import importlib
import struct
from collections import defaultdict
from collections.abc import Iterator

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.czi_pixels import Tile, compose_plane, read_tiles
from shared.readers.pictures.raster import load_reduced
from shared.readers.pictures.rendering import composed, contrast_of, encode_picture, stretched, wanted_size
from shared.readers.queries import PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import RangeSource, SectionSource, binary_file
from shared.readers.xml_events import parse_xml
from shared.schemas.previews import ImagePreview

_SEGMENT = struct.Struct("<16sqq")
_DIRECTORY_AT = 84
_METADATA_AT = 92
_ATTACHMENTS_AT = 104
_XML_OFFSET = 256
_ENTRY_BYTES = 128
_DATA_OFFSET = 256
_MAX_XML_BYTES = 32 << 20
_MAX_ATTACHMENTS = 1000
_MAX_CHANNELS = 6
_MAX_ATTACHED_PIXELS = 256
"""Width and height up to which the attached thumbnail will do."""
_BITS = {"Gray8": 8, "Gray16": 16, "Gray32Float": 32, "Bgr24": 8, "Bgr48": 16, "Bgra32": 8}


class _Metadata:
    _SIZES = frozenset({"SizeX", "SizeY", "SizeZ", "SizeC", "SizeT", "SizeS", "SizeM", "PixelType"})

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.channels: list[str] = []
        self._path: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if self._path[-4:] == ["Image", "Dimensions", "Channels", "Channel"]:
            self.channels.append(attributes.get("Name") or f"channel {len(self.channels)}")

    def end(self, name: str) -> None:  # noqa: ARG002 – the parser's signature
        self._path.pop()

    def text(self, text: str) -> None:
        if len(self._path) > 1 and self._path[-1] in self._SIZES and self._path[-2] == "Image":
            self.found[self._path[-1]] = self.found.get(self._path[-1], "") + text.strip()


def preview_czi(source: RangeSource, _name: str, _options: PreviewOptions) -> ImagePreview:
    metadata = _Metadata()
    begin = _position(source, _METADATA_AT, b"ZISRAWMETADATA")
    length = struct.unpack("<i", _exactly(source, begin, 4))[0]
    parse_xml(SectionSource(source, begin + _XML_OFFSET, length), metadata, max_bytes=_MAX_XML_BYTES)
    sizes = {key: int(value) for key, value in metadata.found.items() if value.isdecimal() and len(value) < 10}
    kind = metadata.found.get("PixelType", "")
    return ImagePreview(
        **blank(complete=True),
        format="czi",
        width=sizes.get("SizeX", 0),
        height=sizes.get("SizeY", 0),
        channels=metadata.channels or (["red", "green", "blue"] if kind.startswith("Bgr") else ["grey"]),
        bits=_BITS.get(kind, 8),
        pages=sizes.get("SizeZ", 1) * sizes.get("SizeT", 1),
        has_regions=True,
        details={**sizes, "pixel_type": kind},
    )


def thumbnail_of_czi(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    """The page counts depths from 1, time after time; without it, the middle depth of the first time."""
    is_plain = query.page is None and query.channels is None and query.region is None
    attached = (
        _attached_thumbnail(source, query) if is_plain and max(wanted_size(query)) <= _MAX_ATTACHED_PIXELS else None
    )
    return attached or encode_picture(_composed_page(source, query), query)


def _composed_page(source: RangeSource, query: ThumbnailQuery) -> Image.Image:
    (position,) = struct.unpack("<q", _exactly(source, _DIRECTORY_AT, 8))
    tiles = [tile for tile in read_tiles(source, position) if tile.is_first] if position else []
    if not tiles:
        raise UnreadableFile("The CZI file has no pictures")
    pages = sorted({(tile.plane.time, tile.plane.depth) for tile in tiles})
    first_time = [page for page in pages if page[0] == pages[0][0]]
    number = query.page or len(first_time) // 2 + 1
    if not 1 <= number <= len(pages):
        raise UnreadableFile(f"The picture has {len(pages):,} planes")
    of_channel: dict[int, list[Tile]] = defaultdict(list)
    for tile in tiles:
        if (tile.plane.time, tile.plane.depth) == pages[number - 1]:
            of_channel[tile.plane.channel].append(tile)
    channels = sorted(of_channel)
    wanted = [channels[index] for index in query.channels or range(len(channels)) if 0 <= index < len(channels)]
    if not wanted:
        raise UnreadableFile(f"The picture has {len(channels):,} channels")
    planes = [_shown_plane(source, of_channel[channel], query) for channel in wanted[:_MAX_CHANNELS]]
    if any(plane.ndim == 3 for plane in planes):
        return Image.fromarray(np.ascontiguousarray(next(plane for plane in planes if plane.ndim == 3)))
    return composed(_of_one_size(planes), [None] * len(planes))


def _shown_plane(source: RangeSource, tiles: list[Tile], query: ThumbnailQuery) -> NDArray[np.uint8]:
    """A part has the contrast of the whole, so that parts look alike."""
    plane = compose_plane(source, tiles, query)
    is_deep_part = query.region is not None and plane.dtype != np.uint8
    return stretched(plane, contrast_of(compose_plane(source, tiles, ThumbnailQuery())) if is_deep_part else None)


def _of_one_size(planes: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    height, width = (min(plane.shape[axis] for plane in planes) for axis in (0, 1))
    return [plane[:height, :width] for plane in planes]


def _attached_thumbnail(source: RangeSource, query: ThumbnailQuery) -> Picture | None:
    for kind, name, position in _attachments(source):
        if name == "Thumbnail" and kind in {"JPG", "PNG", "BMP"}:
            size = struct.unpack("<i", _exactly(source, position + _SEGMENT.size, 4))[0]
            content = SectionSource(source, position + _SEGMENT.size + _DATA_OFFSET, size)
            picture = Image.open(binary_file(content), formats=("JPEG", "PNG", "BMP"))
            return encode_picture(load_reduced(picture, query), query)
    return None


def _attachments(source: RangeSource) -> Iterator[tuple[str, str, int]]:
    """Kind, name and position."""
    if not any(source.read(_ATTACHMENTS_AT, 8)):
        return
    begin = _position(source, _ATTACHMENTS_AT, b"ZISRAWATTDIR")
    count = min(max(struct.unpack("<i", _exactly(source, begin, 4))[0], 0), _MAX_ATTACHMENTS)
    for index in range(count):
        entry = _exactly(source, begin + _XML_OFFSET + index * _ENTRY_BYTES, _ENTRY_BYTES)
        kind, name = (part.split(b"\0")[0].decode("ascii", "replace") for part in (entry[40:48], entry[48:128]))
        yield kind.upper(), name, struct.unpack_from("<q", entry, 12)[0]


def _position(source: RangeSource, at: int, segment: bytes) -> int:
    """Where the content of the segment begins to which a field of the file's header points."""
    position: int = struct.unpack("<q", _exactly(source, at, 8))[0]
    if not position:
        raise UnreadableFile("The CZI file has no metadata")
    name = _SEGMENT.unpack(_exactly(source, position, _SEGMENT.size))[0]
    if not name.startswith(segment):
        raise UnreadableFile("The CZI file is damaged: a part is not where its header says")
    return position + _SEGMENT.size


def _exactly(source: RangeSource, offset: int, length: int) -> bytes:
    found = source.read(offset, length) if offset >= 0 else b""
    if len(found) < length:
        raise UnreadableFile("The CZI file is cut off")
    return found


def warm_up() -> None:
    for codec in ("_jpegxr", "_shared"):
        importlib.import_module(f"imagecodecs.{codec}")
    imagecodecs.jpegxr_decode(imagecodecs.jpegxr_encode(np.zeros((16, 16), np.uint16)))


READER = Reader("czi", 3, "pictures", preview_czi, thumbnail=thumbnail_of_czi, has_regions=True)
