"""CRAM: the header as SAM writes it. Alignments are stored as differences from a reference, which is not in the file.

Layout: sections 6 to 9 of the CRAM specification (CRAMv3).
"""

from shared.readers.errors import UnreadableFile
from shared.readers.plain.text import text_preview
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader
from shared.readers.source import BytesSource, RangeSource
from shared.readers.unwrapping import Method, UnwrappedSource
from shared.schemas.previews import TextPreview

_DEFINITION_BYTES = 26
_MAX_BLOCK_BYTES = 32 << 20
_METHODS: dict[int, Method] = {1: "gzip", 2: "bzip2", 3: "xz"}


def preview_cram(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    version, header = _read_header(source)
    shown = text_preview(
        header[: options.max_bytes],
        f"{name}.txt",
        complete=len(header) <= options.max_bytes,
        details={"version": version},
        notes=["The header is shown. Alignments in CRAM need the reference sequence, which is not in the file"],
    )
    return shown.model_copy(update={"complete": False})


def texts_of_cram(source: RangeSource, _name: str, max_bytes: int) -> str:
    return _read_header(source)[1][:max_bytes].decode("utf-8", "replace")


def _read_header(source: RangeSource) -> tuple[str, bytes]:
    """The version of the format, and the header. Raises UnreadableFile."""
    definition = source.read(0, _DEFINITION_BYTES)
    if len(definition) < _DEFINITION_BYTES or not definition.startswith(b"CRAM") or definition[4] not in {2, 3}:
        raise UnreadableFile("The file is no CRAM file of version 2 or 3")
    major = definition[4]
    numbers = _Numbers(source.read(_DEFINITION_BYTES, 4096))
    numbers.skip(4)  # length of the container
    for _ in range(4):  # reference, begin, span, records
        numbers.itf8()
    numbers.ltf8() if major > 2 else numbers.itf8()  # record counter
    numbers.ltf8()  # bases
    numbers.itf8()  # blocks
    for _ in range(min(numbers.itf8(), 1_000)):
        numbers.itf8()
    if major > 2:
        numbers.skip(4)  # checksum
    method = numbers.byte()
    numbers.byte()  # type of the content
    numbers.itf8()  # its number
    stored, length = numbers.itf8(), numbers.itf8()
    if not 4 <= length <= _MAX_BLOCK_BYTES or not 0 < stored <= _MAX_BLOCK_BYTES:
        raise UnreadableFile("The header of the CRAM file is damaged, or too long")
    block = source.read(_DEFINITION_BYTES + numbers.place, stored)
    if method:
        if method not in _METHODS:
            raise UnreadableFile(
                f"The header of the CRAM file is compressed by method {method}, which is not supported"
            )
        block = UnwrappedSource(BytesSource(block), _METHODS[method], max_bytes=_MAX_BLOCK_BYTES).read(0, length)
    size = int.from_bytes(block[:4], "little")
    return f"{major}.{definition[5]}", block[4 : 4 + size]


class _Numbers:
    """CRAM's numbers: the first bits that are set tell how many bytes follow."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def byte(self) -> int:
        if self.place >= len(self._data):
            raise UnreadableFile("The header of the CRAM file is cut off")
        self.place += 1
        return self._data[self.place - 1]

    def skip(self, count: int) -> None:
        self.place += count

    def itf8(self) -> int:
        first = self.byte()
        if first < 0x80:
            return first
        if first < 0xC0:
            return (first & 0x7F) << 8 | self.byte()
        if first < 0xE0:
            return (first & 0x3F) << 16 | self._following(2)
        if first < 0xF0:
            return (first & 0x1F) << 24 | self._following(3)
        return (first & 0x0F) << 28 | self._following(3) << 4 | self.byte() & 0x0F

    def ltf8(self) -> int:
        first = self.byte()
        following = 0
        while following < 8 and first & (0x80 >> following):
            following += 1
        kept = first & ((0x7F >> following) if following < 8 else 0)
        return kept << 8 * following | self._following(following)

    def _following(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 8 | self.byte()
        return value


READER = Reader("cram", 1, "plain", preview_cram, texts=texts_of_cram)
