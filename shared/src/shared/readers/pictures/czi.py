"""CZI of Zeiss: the metadata, and the thumbnail that the microscope attached. Layout: ZEISS CZI file format, version 1.2."""

import struct
from collections.abc import Iterator

from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.raster import load_reduced
from shared.readers.pictures.rendering import encode_picture
from shared.readers.queries import PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import RangeSource, SectionSource, binary_file
from shared.readers.xml_events import parse_xml
from shared.schemas.previews import ImagePreview

_SEGMENT = struct.Struct("<16sqq")
_METADATA_AT = 92
_ATTACHMENTS_AT = 104
_XML_OFFSET = 256
_ENTRY_BYTES = 128
_DATA_OFFSET = 256
_MAX_XML_BYTES = 32 << 20
_MAX_ATTACHMENTS = 1000
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
        **blank(complete=False, notes=["Of CZI files, the metadata and the attached thumbnail are shown"]),
        format="czi",
        width=sizes.get("SizeX", 0),
        height=sizes.get("SizeY", 0),
        channels=metadata.channels or (["red", "green", "blue"] if kind.startswith("Bgr") else ["grey"]),
        bits=_BITS.get(kind, 8),
        pages=sizes.get("SizeZ", 1) * sizes.get("SizeT", 1),
        details={**sizes, "pixel_type": kind},
    )


def thumbnail_of_czi(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    for kind, name, position in _attachments(source):
        if name == "Thumbnail" and kind in {"JPG", "PNG", "BMP"}:
            size = struct.unpack("<i", _exactly(source, position + _SEGMENT.size, 4))[0]
            content = SectionSource(source, position + _SEGMENT.size + _DATA_OFFSET, size)
            picture = Image.open(binary_file(content), formats=("JPEG", "PNG", "BMP"))
            return encode_picture(load_reduced(picture, query), query)
    raise UnreadableFile("The file has no thumbnail attached, and other pictures of CZI files are not read")


def _attachments(source: RangeSource) -> Iterator[tuple[str, str, int]]:
    """Kind, name and position."""
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
        raise UnreadableFile("The CZI file has no metadata, or no attachments")
    name = _SEGMENT.unpack(_exactly(source, position, _SEGMENT.size))[0]
    if not name.startswith(segment):
        raise UnreadableFile("The CZI file is damaged: a part is not where its header says")
    return position + _SEGMENT.size


def _exactly(source: RangeSource, offset: int, length: int) -> bytes:
    found = source.read(offset, length) if offset >= 0 else b""
    if len(found) < length:
        raise UnreadableFile("The CZI file is cut off")
    return found


READER = Reader("czi", 1, "pictures", preview_czi, thumbnail=thumbnail_of_czi)
