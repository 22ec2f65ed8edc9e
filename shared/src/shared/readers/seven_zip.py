"""Members of 7z archives, from the header at the end of the file. Layout: 7zFormat.txt of the LZMA SDK.

Members are compressed together, in folders: to open one, those before it in its folder are unpacked and dropped.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from shared.readers.errors import UnreadableFile
from shared.readers.source import BytesSource, RangeSource, SectionSource
from shared.readers.stored_members import StoredMember
from shared.readers.unwrapping import MAX_DECODER_BYTES, Buffered, Decoder, Inflater, UnwrappedSource, ZstdFrames
from shared.schemas.previews import ArchiveMember

MAGIC = b"7z\xbc\xaf\x27\x1c"
_START = struct.Struct("<6s2xIQQI")
_MAX_HEADER_BYTES = 16 << 20
_MAX_UNPACKED_HEADER_BYTES = 64 << 20
_MAX_HEADER_LAYERS = 4
_MAX_SKIPPED_BYTES = 512 << 20
"""Bytes that are unpacked and dropped to come to a member."""
_MAX_STREAMS = 200_000
_MAX_CODERS = 8
_ENCRYPTED = "The archive and the names in it are encrypted"

_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL_STREAMS, _MAIN_STREAMS, _FILES = 0, 1, 2, 3, 4, 5
_PACKED, _UNPACKED, _SUBSTREAMS, _SIZE, _CHECKSUMS, _FOLDER, _FOLDER_SIZES, _STREAM_COUNTS = 6, 7, 8, 9, 10, 11, 12, 13
_EMPTY_STREAMS, _EMPTY_FILES, _NAMES, _MODIFIED, _ATTRIBUTES, _ENCODED_HEADER = 14, 15, 17, 20, 21, 23
_IS_FOLDER, _HAS_UNIX_MODE, _FILE_TYPE, _LINK = 0x10, 0x8000, 0xF000, 0xA000

_COPY, _LZMA, _LZMA2 = b"\0", b"\x03\x01\x01", b"\x21"
_AES = b"\x06\xf1\x07\x01"
_FILTERS = {
    b"\x03": lzma.FILTER_DELTA,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x04": lzma.FILTER_X86,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x06": lzma.FILTER_IA64,
    b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC,
}
_DECODERS: dict[bytes, Callable[[], Decoder]] = {
    b"\x04\x01\x08": lambda: Inflater(-15),
    b"\x04\x02\x02": lambda: Buffered(bz2.BZ2Decompressor()),
    b"\x04\xf7\x11\x01": ZstdFrames,
}
_NAMES_OF_METHODS = {
    b"\x03\x04\x01": "PPMd",
    b"\x03\x03\x01\x1b": "BCJ2",
    b"\x04\x01\x09": "Deflate64",
    b"\x04\xf7\x11\x02": "Brotli",
    b"\x0a": "ARM64",
}


@dataclass(frozen=True, slots=True)
class _Coder:
    method: bytes
    properties: bytes
    inputs: int
    outputs: int


@dataclass(slots=True)
class _Folder:
    coders: list[_Coder]
    bonds: dict[int, int]
    """Input of a coder, and the output that it takes."""
    sizes: list[int] = field(default_factory=list)
    has_checksum: bool = False

    @property
    def size(self) -> int:
        taken = set(self.bonds.values())
        return next((size for index, size in enumerate(self.sizes) if index not in taken), 0)

    @property
    def packed_streams(self) -> int:
        return sum(coder.inputs for coder in self.coders) - len(self.bonds)

    def chain(self) -> list[_Coder]:
        """Its coders from the packed bytes to the content. Raises UnreadableFile where there is more than one way."""
        if any(coder.method == _AES for coder in self.coders):
            raise UnreadableFile("The member is encrypted")
        if any((coder.inputs, coder.outputs) != (1, 1) for coder in self.coders):
            raise _unsupported(next(coder for coder in self.coders if coder.inputs != 1))
        takers = {output: taker for taker, output in self.bonds.items()}
        place = next((index for index in range(len(self.coders)) if index not in self.bonds), -1)
        found: list[_Coder] = []
        while 0 <= place < len(self.coders) and len(found) < len(self.coders):
            found.append(self.coders[place])
            place = takers.get(place, -1)
        return found


class _Stored(NamedTuple):
    """The place of a member: its folder, and the bytes before it in that."""

    folder: int
    skip: int
    size: int
    packed: int | None
    """Known of a member that is alone in its folder."""


@dataclass(slots=True)
class _Streams:
    packed_at: int = 0
    packed_sizes: list[int] = field(default_factory=list)
    folders: list[_Folder] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """Members of each folder."""
    sizes: list[int] = field(default_factory=list)
    """Sizes of all members, folder after folder."""

    def contents(self) -> Iterator[_Stored]:
        sizes = iter(self.sizes)
        first = 0
        for number, (folder, count) in enumerate(zip(self.folders, self.counts, strict=True)):
            packed = sum(self.packed_sizes[first : first + folder.packed_streams])
            first += folder.packed_streams
            skip = 0
            for _ in range(count):
                size = next(sizes, 0)
                yield _Stored(number, skip, size, packed if count == 1 else None)
                skip += size

    def open_folder(self, source: RangeSource, number: int, skip: int, length: int) -> RangeSource:
        folder = self.folders[number]
        first = sum(each.packed_streams for each in self.folders[:number])
        begin = _START.size + self.packed_at + sum(self.packed_sizes[:first])
        stored = SectionSource(source, begin, self.packed_sizes[first] if first < len(self.packed_sizes) else 0)
        chain = folder.chain()
        if [coder.method for coder in chain] == [_COPY]:
            return SectionSource(stored, skip, length)
        if skip > _MAX_SKIPPED_BYTES:
            raise UnreadableFile(
                f"The member is compressed together with others: {skip >> 20:,} MiB before it would have to be unpacked"
            )
        return UnwrappedSource(stored, _decoder_of(chain), skip=skip, length=length)


@dataclass(slots=True)
class _Files:
    names: list[str] = field(default_factory=list)
    without_content: dict[int, int] = field(default_factory=dict)
    """Members without content, and which of those they are."""
    empty_files: list[bool] = field(default_factory=list)
    modified: dict[int, str] = field(default_factory=dict)
    attributes: dict[int, int] = field(default_factory=dict)

    def is_empty(self, index: int) -> bool:
        return index in self.without_content

    def kind(self, index: int) -> Literal["file", "folder", "link"]:
        attributes = self.attributes.get(index, 0)
        if attributes & _HAS_UNIX_MODE and attributes >> 16 & _FILE_TYPE == _LINK:
            return "link"
        number = self.without_content.get(index)
        is_folder = number is not None and not (number < len(self.empty_files) and self.empty_files[number])
        return "folder" if is_folder or attributes & _IS_FOLDER else "file"


_EMPTY = _Stored(-1, 0, 0, None)


class SevenZipArchive:
    format: Literal["7z"] = "7z"

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.note: str | None = None
        self._streams = _Streams()
        self._files = _Files()
        header = self._read_header()
        if header:
            self._read_lists(header)
        contents = self._streams.contents()
        self._stored = [
            _EMPTY if self._files.is_empty(index) else next(contents, _EMPTY) for index in range(len(self._files.names))
        ]
        self.total = len(self._stored)

    def members(self) -> Iterator[StoredMember]:
        return map(self._member, range(self.total))

    def find(self, path: str) -> StoredMember | None:
        """The last of several."""
        names = self._files.names
        return next((self._member(index) for index in reversed(range(self.total)) if names[index] == path), None)

    def open(self, member: StoredMember) -> RangeSource:
        folder, skip, size, _ = self._stored[member.offset]
        return self._streams.open_folder(self._source, folder, skip, size) if folder >= 0 else BytesSource(b"")

    def _member(self, index: int) -> StoredMember:
        files, stored = self._files, self._stored[index]
        shown = ArchiveMember(
            path=files.names[index],
            size=stored.size,
            compressed_size=stored.packed,
            modified=files.modified.get(index),
            type=files.kind(index),
        )
        return StoredMember(shown, index)

    def _read_header(self) -> "_Fields | None":
        start = self._source.read(0, _START.size)
        if len(start) < _START.size or not start.startswith(MAGIC):
            raise UnreadableFile("The file is no 7z archive, although its name says so")
        _, _, offset, length, checksum = _START.unpack(start)
        if length > _MAX_HEADER_BYTES:
            raise UnreadableFile("The list of the archive's members is too long")
        if not length:
            return None
        data = self._source.read(_START.size + offset, length) if offset < self._source.size else b""
        if len(data) < length or zlib.crc32(data) != checksum:
            raise UnreadableFile("The archive is cut off or damaged: the list of its members is missing")
        for _ in range(_MAX_HEADER_LAYERS):
            fields = _Fields(data)
            kind = fields.number()
            if kind == _HEADER:
                return fields
            if kind != _ENCODED_HEADER:
                break
            data = self._unpacked_header(_read_streams(fields))
        raise UnreadableFile("The archive is damaged: the list of its members cannot be read")

    def _unpacked_header(self, streams: _Streams) -> bytes:
        if not streams.folders:
            return b""
        folder = streams.folders[0]
        if any(coder.method == _AES for coder in folder.coders):
            raise UnreadableFile(_ENCRYPTED)
        if folder.size > _MAX_UNPACKED_HEADER_BYTES:
            raise UnreadableFile("The list of the archive's members is too long")
        return streams.open_folder(self._source, 0, 0, folder.size).read(0, folder.size)

    def _read_lists(self, fields: "_Fields") -> None:
        kind = fields.number()
        if kind == _ARCHIVE_PROPERTIES:
            while fields.number():
                fields.take(fields.number())
            kind = fields.number()
        if kind == _ADDITIONAL_STREAMS:
            _read_streams(fields)
            kind = fields.number()
        if kind == _MAIN_STREAMS:
            self._streams = _read_streams(fields)
            kind = fields.number()
        if kind == _FILES:
            self._files = _read_files(fields)


class _Fields:
    """Numbers and lists of a header. Raises UnreadableFile at its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, count: int) -> bytes:
        found = self._data[self._place : self._place + count]
        if count < 0 or len(found) < count:
            raise UnreadableFile("The archive is damaged: the list of its members is cut off")
        self._place += count
        return found

    def rest(self) -> bytes:
        return self._data[self._place :]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """As many bits of the first byte as are set say how many bytes follow."""
        first = self.byte()
        value = 0
        for index in range(8):
            mask = 0x80 >> index
            if not first & mask:
                return value + ((first & (mask - 1)) << (8 * index))
            value |= self.byte() << (8 * index)
        return value

    def count(self) -> int:
        found = self.number()
        if found > _MAX_STREAMS:
            raise UnreadableFile(f"The archive has {found:,} members, too many to be listed")
        return found

    def bits(self, count: int) -> list[bool]:
        data = self.take(-(-count // 8))
        return [bool(data[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def defined(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def checksums(self, count: int) -> list[bool]:
        found = self.defined(count)
        self.take(4 * sum(found))
        return found


def _read_streams(fields: _Fields) -> _Streams:
    streams = _Streams()
    kind = fields.number()
    if kind == _PACKED:
        streams.packed_at = fields.number()
        count = fields.count()
        while kind := fields.number():
            if kind == _SIZE:
                streams.packed_sizes = [fields.number() for _ in range(count)]
            elif kind == _CHECKSUMS:
                fields.checksums(count)
        kind = fields.number()
    if kind == _UNPACKED:
        _read_folders(fields, streams)
        kind = fields.number()
    streams.counts = [1] * len(streams.folders)
    if kind == _SUBSTREAMS:
        _read_substreams(fields, streams)
        kind = fields.number()
    else:
        streams.sizes = [folder.size for folder in streams.folders]
    if kind != _END:
        raise UnreadableFile("The archive is damaged: the list of its members cannot be read")
    return streams


def _read_folders(fields: _Fields, streams: _Streams) -> None:
    if fields.number() != _FOLDER:
        raise UnreadableFile("The archive is damaged: it does not say how its members are packed")
    count = fields.count()
    if fields.byte():
        raise UnreadableFile("The archive keeps the list of its members elsewhere, which is not supported")
    streams.folders = [_read_folder(fields) for _ in range(count)]
    while kind := fields.number():
        if kind == _FOLDER_SIZES:
            for folder in streams.folders:
                folder.sizes = [fields.number() for coder in folder.coders for _ in range(coder.outputs)]
        elif kind == _CHECKSUMS:
            for folder, has_one in zip(streams.folders, fields.checksums(count), strict=True):
                folder.has_checksum = has_one


def _read_folder(fields: _Fields) -> _Folder:
    coders = []
    count = fields.number()
    if not 0 < count <= _MAX_CODERS:
        raise UnreadableFile("The archive is damaged: it does not say how its members are packed")
    for _ in range(count):
        head = fields.byte()
        method = fields.take(head & 0x0F)
        inputs, outputs = (fields.number(), fields.number()) if head & 0x10 else (1, 1)
        if inputs > _MAX_CODERS or outputs != 1:
            raise UnreadableFile("The archive is damaged: it does not say how its members are packed")
        properties = fields.take(fields.number()) if head & 0x20 else b""
        coders.append(_Coder(method, properties, inputs, outputs))
    bonds = {}
    for _ in range(len(coders) - 1):
        taker, output = fields.number(), fields.number()
        bonds[taker] = output
    packed = sum(coder.inputs for coder in coders) - len(coders) + 1
    if packed > 1:
        for _ in range(packed):
            fields.number()
    return _Folder(coders, bonds)


def _read_substreams(fields: _Fields, streams: _Streams) -> None:
    kind = fields.number()
    if kind == _STREAM_COUNTS:
        streams.counts = [fields.count() for _ in streams.folders]
        if sum(streams.counts) > _MAX_STREAMS:
            raise UnreadableFile("The archive has too many members to be listed")
        kind = fields.number()
    for folder, count in zip(streams.folders, streams.counts, strict=True):
        said = [fields.number() for _ in range(count - 1)] if kind == _SIZE else []
        streams.sizes += [*said, max(folder.size - sum(said), 0)] if count else []
    if kind == _SIZE:
        kind = fields.number()
    while kind != _END:
        if kind == _CHECKSUMS:
            pairs = zip(streams.folders, streams.counts, strict=True)
            fields.checksums(sum(count for folder, count in pairs if not (count == 1 and folder.has_checksum)))
        kind = fields.number()


def _read_files(fields: _Fields) -> _Files:
    found = _Files()
    count = fields.count()
    while kind := fields.number():
        part = _Fields(fields.take(fields.number()))
        if kind == _EMPTY_STREAMS:
            empty = (index for index, is_empty in enumerate(part.bits(count)) if is_empty)
            found.without_content = {index: number for number, index in enumerate(empty)}
        elif kind == _EMPTY_FILES:
            found.empty_files = part.bits(len(found.without_content))
        elif kind == _NAMES and not part.byte():
            found.names = _read_names(part, count)
        elif kind == _MODIFIED:
            found.modified = {
                index: text for index, value in _values(part, count, "<Q") if (text := _windows_time(value))
            }
        elif kind == _ATTRIBUTES:
            found.attributes = dict(_values(part, count, "<I"))
    found.names += [f"member {index + 1}" for index in range(len(found.names), count)]
    return found


def _read_names(part: _Fields, count: int) -> list[str]:
    names = part.rest().decode("utf-16-le", "replace").split("\0")
    return [name.replace("\\", "/") for name in names[:count]]


def _values(part: _Fields, count: int, layout: str) -> Iterator[tuple[int, int]]:
    defined = part.defined(count)
    if part.byte():
        return
    size = struct.calcsize(layout)
    for index, has_one in enumerate(defined):
        if has_one:
            yield index, struct.unpack(layout, part.take(size))[0]


def _windows_time(ticks: int) -> str | None:
    """Tenths of microseconds since 1601."""
    try:
        when = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return when.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _decoder_of(chain: list[_Coder]) -> Callable[[], Decoder]:
    first, *filters = [coder for coder in chain if coder.method != _COPY] or chain
    if first.method in {_LZMA, _LZMA2}:
        described = [_filter(coder) for coder in reversed(filters)] + [_lzma_options(first)]
        return lambda: Buffered(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=described))
    if filters or first.method not in _DECODERS:
        raise _unsupported(first if first.method not in _DECODERS else filters[0])
    return _DECODERS[first.method]


def _filter(coder: _Coder) -> dict[str, Any]:
    if coder.method not in _FILTERS:
        raise _unsupported(coder)
    kind = _FILTERS[coder.method]
    return (
        {"id": kind, "dist": coder.properties[0] + 1}
        if kind == lzma.FILTER_DELTA and coder.properties
        else {"id": kind}
    )


def _lzma_options(coder: _Coder) -> dict[str, Any]:
    properties = coder.properties
    if coder.method == _LZMA2:
        size = properties[0] if properties else 40
        window = (2 | size & 1) << (size // 2 + 11) if size < 40 else (1 << 32) - 1
        options: dict[str, Any] = {"id": lzma.FILTER_LZMA2}
    else:
        if len(properties) < 5:
            raise UnreadableFile("The archive is damaged: it does not say how a member is packed")
        window = int.from_bytes(properties[1:5], "little")
        rest, lc = divmod(properties[0], 9)
        pb, lp = divmod(rest, 5)
        options = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb}
    if window > MAX_DECODER_BYTES:
        raise UnreadableFile(f"To unpack the member takes {window >> 20:,} MiB of memory, which is too much")
    return options | {"dict_size": max(window, 4096)}


def _unsupported(coder: _Coder) -> UnreadableFile:
    name = _NAMES_OF_METHODS.get(coder.method, f"method {coder.method.hex()}")
    return UnreadableFile(f"The member is compressed by {name}, which is not supported")
