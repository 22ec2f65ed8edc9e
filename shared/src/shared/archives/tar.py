"""Members of tar archives: ustar, with a pax header before files whose path or size ustar cannot hold.

POSIX.1-2017, pax. Bytes follow from paths and sizes alone: each file has mode 0644, owner 0 and the time MODIFIED.
"""

VERSION = 1
"""Number of the format. Archives of one revision are equal bytes as long as it stays."""
BLOCK_BYTES = 512
END = bytes(2 * BLOCK_BYTES)
MODIFIED = 315_532_800
"""1980-01-01T00:00:00Z, the first time that ZIP knows."""

MAX_NAME = 100
MAX_PREFIX = 155
MAX_SIZE = 8**11 - 1
"""Bytes of a file that 11 octal digits hold: 8 GiB less one."""
MAX_ONE_BLOCK_PATH = 480
"""Bytes of a path whose pax header has one block of records."""

_PAX_NAME = b"././@PaxHeader"
_OWNER = b"0000644\0" + 2 * b"0000000\0"
_TIME = b"%011o\0" % MODIFIED
_AFTER_TYPE = bytes(100) + b"ustar\x0000" + bytes(64) + 2 * b"0000000\0"


def file_blocks(path: str, size: int) -> int:
    """512-byte blocks of a file's headers and content."""
    return header_blocks(path, size) + content_blocks(size)


def content_blocks(size: int) -> int:
    return (size + 511) >> 9


def header_blocks(path: str, size: int) -> int:
    if size <= MAX_SIZE and _fits(path):
        return 1
    return 2 + content_blocks(len(_pax_records(path, size)))


def file_header(path: str, size: int) -> bytes:
    """All headers of a file. Its content follows, filled up with zero bytes to a multiple of 512."""
    if _fits(path):
        cut = 0 if len(path) <= MAX_NAME else _cut(path)
        header = _header(path[cut + 1 if cut else 0 :].encode(), path[:cut].encode(), size, b"0")
    else:
        header = _header(path.rpartition("/")[2].encode("ascii", "replace")[:MAX_NAME], b"", size, b"0")
    pax = _pax_records(path, size)
    if not pax:
        return header
    return _header(_PAX_NAME, b"", len(pax), b"x") + pax + bytes(-len(pax) % BLOCK_BYTES) + header


def _fits(path: str) -> bool:
    """True for a path that ustar holds."""
    return path.isascii() and (len(path) <= MAX_NAME or _cut(path) > 0)


def name_room(prefix: str) -> int:
    """The longest ASCII name of a file in a directory that ustar holds; negative for none. `prefix` ends in a slash, or is empty."""
    if not prefix.isascii():
        return -1
    at = prefix.rfind("/", 1, MAX_PREFIX + 1)
    return MAX_NAME - len(prefix) + (at + 1 if at > 0 else 0)


def _cut(path: str) -> int:
    """Place of the slash that divides a path of more than 100 bytes into a prefix and a name as ustar holds them; 0 for none."""
    at = path.rfind("/", 1, MAX_PREFIX + 1)
    return at if at > 0 and len(path) - at - 1 <= MAX_NAME else 0


def _pax_records(path: str, size: int) -> bytes:
    """Records of what ustar does not hold."""
    records = b"" if _fits(path) else _pax_record(b"path", path.encode())
    return records + _pax_record(b"size", b"%d" % size) if size > MAX_SIZE else records


def _pax_record(keyword: bytes, value: bytes) -> bytes:
    """The record begins with its own length."""
    rest = b" %b=%b\n" % (keyword, value)
    length = len(rest) + 1
    while length != len(rest) + len(b"%d" % length):
        length = len(rest) + len(b"%d" % length)
    return b"%d%b" % (length, rest)


def _header(name: bytes, prefix: bytes, size: int, kind: bytes) -> bytes:
    # Sizes beyond 8 GiB stand here in base 256 as well, as GNU tar writes them: some readers do not take sizes from pax headers.
    digits = b"%011o\0" % size if size <= MAX_SIZE else b"\x80" + size.to_bytes(11, "big")
    before = name.ljust(MAX_NAME, b"\0") + _OWNER + digits + _TIME
    after = kind + _AFTER_TYPE + prefix.ljust(MAX_PREFIX + 12, b"\0")
    checksum = sum(before) + sum(after) + 8 * ord(" ")
    return b"%b%06o\0 %b" % (before, checksum, after)
