"""Parts of ZIP archives: files as they are, without compression, always in the ZIP64 form, so that lengths follow from names and sizes.

PKWARE APPNOTE 6.3.10. A file is its local header, its content, and a descriptor with the checksum, which is not known before.
"""

from struct import Struct

VERSION = 1
"""Number of the format."""

_UTF8, _DESCRIPTOR = 1 << 11, 1 << 3
_FLAGS = _UTF8 | _DESCRIPTOR
_NEEDED = 45
"""Version of the standard that has ZIP64."""
_MADE_BY = 3 << 8 | _NEEDED
"""Attributes are those of Unix."""
_ATTRIBUTES = 0o100644 << 16
_STORED = 0
_TIME, _DATE = 0, 1 << 5 | 1
"""1980-01-01 00:00:00"""
_IN_EXTRA_16, _IN_EXTRA = 0xFFFF, 0xFFFF_FFFF
_ZIP64 = 1

_local = Struct("<4sHHHHHIIIHHHHQQ")
_descriptor = Struct("<4sIQQ")
_directory = Struct("<4sHHHHHHIIIHHHHHII")
_directory_extra = Struct("<HHQQQ")
_end64 = Struct("<4sQHHIIQQQQ")
_locator = Struct("<4sIQI")
_end = Struct("<4sHHHHIIH")
_LOCAL_BEFORE_NAME = 30


def local_header(path: str, size: int) -> bytes:
    name = path.encode()
    made = _local.pack(
        b"PK\3\4",
        _NEEDED,
        _FLAGS,
        _STORED,
        _TIME,
        _DATE,
        0,
        _IN_EXTRA,
        _IN_EXTRA,
        len(name),
        20,
        _ZIP64,
        16,
        size,
        size,
    )
    return made[:_LOCAL_BEFORE_NAME] + name + made[_LOCAL_BEFORE_NAME:]


def descriptor(crc: int, size: int) -> bytes:
    """Follows the content."""
    return _descriptor.pack(b"PK\7\x08", crc, size, size)


def directory_record(path: str, size: int, crc: int, offset: int) -> bytes:
    """A file in the directory at the archive's end; `offset` is that of its local header."""
    name = path.encode()
    # fmt: off
    record = _directory.pack(
        b"PK\1\2", _MADE_BY, _NEEDED, _FLAGS, _STORED, _TIME, _DATE, crc, _IN_EXTRA, _IN_EXTRA,
        len(name), _directory_extra.size, 0, 0, 0, _ATTRIBUTES, _IN_EXTRA,
    )
    # fmt: on
    return record + name + _directory_extra.pack(_ZIP64, 24, size, size, offset)


def end_records(entries: int, directory_offset: int, directory_bytes: int) -> bytes:
    end64 = _end64.pack(
        b"PK\6\6", _end64.size - 12, _MADE_BY, _NEEDED, 0, 0, entries, entries, directory_bytes, directory_offset
    )
    locator = _locator.pack(b"PK\6\7", 0, directory_offset + directory_bytes, 1)
    few = min(entries, _IN_EXTRA_16)
    end = _end.pack(b"PK\5\6", 0, 0, few, few, min(directory_bytes, _IN_EXTRA), min(directory_offset, _IN_EXTRA), 0)
    return end64 + locator + end


def directory_bytes(entries: int, name_bytes: int) -> int:
    return entries * (_directory.size + _directory_extra.size) + name_bytes


def archive_bytes(entries: int, content_bytes: int, name_bytes: int) -> int:
    """Length of an archive; `name_bytes` are those of all paths in UTF-8."""
    files = entries * (_local.size + _descriptor.size) + name_bytes + content_bytes
    return files + directory_bytes(entries, name_bytes) + _end64.size + _locator.size + _end.size
