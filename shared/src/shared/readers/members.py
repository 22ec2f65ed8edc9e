"""Members of zip, tar and 7z archives, listed and opened by ranges: contents are skipped."""

import struct
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from typing_extensions import override

from shared.readers.choice import is_tar_header
from shared.readers.errors import UnreadableFile
from shared.readers.seven_zip import MAGIC, SevenZipArchive
from shared.readers.source import RangeSource, SectionSource, SourceFile
from shared.readers.stored_members import StoredMember
from shared.readers.unwrapping import Method, UnwrappedSource
from shared.schemas.previews import ArchiveMember

_MAX_DIRECTORY_BYTES = 32 << 20
"""Bytes of a zip file's directory that are read."""
_MAX_DISTANT_HEADERS = 500
"""Headers of a tar file that are far from the one before: each costs a request."""
_DISTANT_BYTES = 64 << 10
_MAX_HEADERS = 200_000
_MAX_HEADER_BYTES = 1 << 20
"""Bytes of an extended header of a tar file."""

_ZIP_END = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR = struct.Struct("<4sLQL")
_ZIP64_END = struct.Struct("<4sQ2H2L4Q")
_ZIP_ENTRY = struct.Struct("<4s6H3L5H2L")
_ZIP_LOCAL = struct.Struct("<4s5H3L2H")
_ZIP_METHODS: dict[int, Method] = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_MAX_COMMENT_BYTES = 64 << 10
_IS_ENCRYPTED = 1
_IS_UTF8 = 1 << 11


class ZipArchive:
    """The end of the file is read, then its directory, then nothing but the members that are opened."""

    format: Literal["zip"] = "zip"

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.note: str | None = None
        self.total, self._directory, self._shift = self._read_directory()

    def members(self) -> Iterator[StoredMember]:
        return (self._member(*each) for each in self._entries())

    def find(self, path: str) -> StoredMember | None:
        """The member of that path: the last of several, which is the one that unpacking leaves."""
        found = None
        for entry in self._entries():
            if _member_path(entry[0], entry[1]) == path:
                found = entry
        return None if found is None else self._member(*found)

    def _entries(self) -> Iterator[tuple[tuple[int, ...], bytes, bytes]]:
        """Fields, name and extra fields of each."""
        position = 0
        data = self._directory
        while position + _ZIP_ENTRY.size <= len(data) and data[position : position + 4] == b"PK\x01\x02":
            fields = _ZIP_ENTRY.unpack_from(data, position)
            name_end = position + _ZIP_ENTRY.size + fields[10]
            extra_end = name_end + fields[11]
            yield fields, data[position + _ZIP_ENTRY.size : name_end], data[name_end:extra_end]
            position = extra_end + fields[12]

    def open(self, member: StoredMember) -> RangeSource:
        if member.is_encrypted:
            raise UnreadableFile("The member is encrypted")
        header = self._source.read(member.offset, _ZIP_LOCAL.size)
        if len(header) < _ZIP_LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise UnreadableFile("The member is not where the archive's directory says")
        fields = _ZIP_LOCAL.unpack(header)
        begin = member.offset + _ZIP_LOCAL.size + fields[9] + fields[10]
        stored = SectionSource(self._source, begin, member.shown.compressed_size or 0)
        if member.method == 0:
            return stored
        method = _ZIP_METHODS.get(member.method)
        if method is None:
            raise UnreadableFile(f"The member is compressed by method {member.method}, which is not supported")
        return UnwrappedSource(stored, method)

    def _read_directory(self) -> tuple[int, bytes, int]:
        size = self._source.size
        begin = max(size - _MAX_COMMENT_BYTES - _ZIP_END.size, 0)
        tail = self._source.read(begin, size - begin)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + _ZIP_END.size > len(tail):
            raise UnreadableFile("The zip file has no directory at its end: it is cut off or damaged")
        _, _, _, _, total, length, offset, _ = _ZIP_END.unpack_from(tail, at)
        end = begin + at
        if total == 0xFFFF or 0xFFFFFFFF in {length, offset}:
            found = self._read_zip64_end(end)
            if found:
                total, length, offset, end = found
        if length > end:
            raise UnreadableFile("The zip file's directory is longer than the file: it is damaged")
        shift = end - length - offset  # bytes before the archive, of a program that unpacks itself
        if length > _MAX_DIRECTORY_BYTES:
            self.note = f"Only the first {_MAX_DIRECTORY_BYTES >> 20} MiB of the archive's directory were read"
        return total, self._source.read(end - length, min(length, _MAX_DIRECTORY_BYTES)), max(shift, 0)

    def _read_zip64_end(self, end: int) -> tuple[int, int, int, int] | None:
        """Members, length and offset of the directory, and where it ends."""
        raw = self._source.read(max(end - _ZIP64_LOCATOR.size, 0), _ZIP64_LOCATOR.size)
        if len(raw) < _ZIP64_LOCATOR.size or not raw.startswith(b"PK\x06\x07"):
            return None
        place = _ZIP64_LOCATOR.unpack(raw)[2]
        record = self._source.read(place, _ZIP64_END.size) if place < end else b""
        if len(record) < _ZIP64_END.size or not record.startswith(b"PK\x06\x06"):
            raise UnreadableFile("The zip file's directory is not where its end says: it is damaged")
        fields = _ZIP64_END.unpack(record)
        return fields[7], fields[8], fields[9], place

    def _member(self, fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> StoredMember:
        flags, method, time, date = fields[3:7]
        compressed, size, offset = fields[8], fields[9], fields[16]
        size, compressed, offset = _zip64_sizes(extra, size, compressed, offset)
        path = _member_path(fields, raw_name)
        is_link = (fields[15] >> 28) == 0xA and fields[1] >> 8 == 3
        shown = ArchiveMember(
            path=path,
            size=size,
            compressed_size=compressed,
            modified=_dos_time(date, time),
            type="folder" if path.endswith("/") else "link" if is_link else "file",
        )
        return StoredMember(shown, offset + self._shift, method, bool(flags & _IS_ENCRYPTED))


class TarArchive:
    """Headers are walked from the beginning, contents are skipped."""

    format: Literal["tar"] = "tar"
    total: int | None = None

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.note: str | None = None

    def members(self) -> Iterator[StoredMember]:
        distant, count, previous = 0, 0, 0
        try:
            archive = tarfile.TarFile(fileobj=_BoundedFile(self._source), mode="r", errorlevel=0)
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep all
                yield _tar_member(info)
                count += 1
                distant += info.offset_data - previous > _DISTANT_BYTES
                previous = info.offset_data
                if distant >= _MAX_DISTANT_HEADERS or count >= _MAX_HEADERS:
                    self.note = f"Only the first {count:,} members were listed, since the archive is long"
                    return
        except (tarfile.TarError, ValueError, OverflowError, OSError) as error:
            if not count:
                raise UnreadableFile(f"The tar file is damaged: {error}") from error
            self.note = "The archive is damaged or cut off: its beginning is shown"
            return
        self.total = count

    def find(self, path: str) -> StoredMember | None:
        return next((each for each in self.members() if each.shown.path == path), None)

    def open(self, member: StoredMember) -> RangeSource:
        if member.is_sparse:
            raise UnreadableFile("The member is a sparse file, which is not supported")
        return SectionSource(self._source, member.offset, member.shown.size or 0)


Archive = ZipArchive | TarArchive | SevenZipArchive


def open_archive(source: RangeSource) -> Archive | None:
    """The archive, or None for a file that is none of these. Raises UnreadableFile for a damaged one."""
    head = source.read(0, 512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return ZipArchive(source)
    if head.startswith(MAGIC):
        return SevenZipArchive(source)
    if is_tar_header(head):
        return TarArchive(source)
    end = source.read(max(source.size - _ZIP_END.size, 0), _ZIP_END.size)
    return ZipArchive(source) if end.startswith(b"PK\x05\x06") else None  # behind a program that unpacks it


class _BoundedFile(SourceFile):
    """Never asks for the size, which a compressed source finds by unpacking all, and refuses headers that would fill the memory."""

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _MAX_HEADER_BYTES:
            raise UnreadableFile("The tar file has a header that is too long")
        found = self._source.read(self._position, size)
        self._position += len(found)
        return found


def _tar_member(info: tarfile.TarInfo) -> StoredMember:
    kind: Literal["file", "folder", "link", "other"] = (
        "folder" if info.isdir() else "file" if info.isfile() else "link" if info.issym() or info.islnk() else "other"
    )
    shown = ArchiveMember(
        path=info.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        size=info.size,
        modified=_unix_time(info.mtime),
        type=kind,
    )
    return StoredMember(shown, info.offset_data, is_sparse=bool(info.sparse))


def _unix_time(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None


def _dos_time(date: int, time: int) -> str | None:
    try:
        when = datetime(  # noqa: DTZ001 – zip files have local times without a zone
            (date >> 9) + 1980, (date >> 5) & 15, date & 31, time >> 11, (time >> 5) & 63, min((time & 31) * 2, 59)
        )
    except ValueError:
        return None
    return when.isoformat()


def _zip64_sizes(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    values = [size, compressed, offset]
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, position)
        if tag == 1:
            found = iter(struct.iter_unpack("<Q", extra[position + 4 : position + 4 + length // 8 * 8]))
            values = [next(found, (value,))[0] if value == 0xFFFFFFFF else value for value in values]
            break
        position += 4 + length
    return values[0], values[1], values[2]


def _member_path(fields: tuple[int, ...], raw: bytes) -> str:
    return raw.decode("utf-8" if fields[3] & _IS_UTF8 else _name_encoding(raw), "replace")


def _name_encoding(raw: bytes) -> str:
    """Programs write UTF-8 without saying so; the standard says code page 437."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "cp437"
    return "utf-8"
