"""Lines of a manifest: their checks, and their parts for trees and top hashes."""

import json
import re
from typing import Any

import msgspec

from shared.index.trees.nodes import TreeFile, TreePath
from shared.quilt.metadata import MAX_METADATA_DEPTH, JsonTooDeep, require_depth
from shared.quilt.top_hash import canonical, loads

MAX_DEPTH = 1000
"""Names in the path of a file."""
MAX_TOTAL_BYTES = (1 << 63) - 1
"""Sum of the sizes of all files: a `bigint` of Postgres holds it."""

_START = re.compile(r"s3://[^/?#]+/[^?#]").match
_PHYSICAL_KEY = re.compile(
    r"s3://[^/?#]+/[^?#]+(\?versionId=[^&#]*)?|file://[^?]+|(?!s3:|file:)[a-z][a-z0-9+.-]*://.+", re.DOTALL
).fullmatch
_INVALID_NAMES = frozenset({"", ".", ".."})


class CorruptManifest(ValueError):
    """The object cannot be read as a manifest. The text gives the line and the reason."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason[:500]}")


class EntryHash(msgspec.Struct, gc=False):
    type: str
    value: str


class ManifestLine(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A line after the first: a file, or the metadata of a directory.

    Fields stand in the order in which the top hash takes them, and `physical_keys`, which is no part of it, can be left out.
    """

    hash: EntryHash | None = None
    logical_key: str
    meta: msgspec.Raw = msgspec.Raw(b"null")
    size: int | None = None
    physical_keys: list[str] | None = None


_encoder = msgspec.json.Encoder()
encode = _encoder.encode
encode_lines = _encoder.encode_lines
_decode = msgspec.json.Decoder(ManifestLine).decode
decode_lines = msgspec.json.Decoder(ManifestLine).decode_lines


def decode(line: bytes) -> ManifestLine:
    """A line that may hold NaN and infinite numbers in its metadata. Raises ValueError."""
    try:
        return _decode(line)
    except RecursionError:
        raise JsonTooDeep from None
    except ValueError as error:
        if b"NaN" not in line and b"Infinity" not in line:
            raise
        return _decode_with_nan(line, error)


def _decode_with_nan(line: bytes, error: ValueError) -> ManifestLine:
    require_depth(line, MAX_METADATA_DEPTH + 1)
    try:
        fields = loads(line)
    except ValueError:
        raise error from None
    if not isinstance(fields, dict):
        raise error
    meta = json.dumps(fields.pop("meta", None), ensure_ascii=False).encode()
    record = msgspec.convert(fields, ManifestLine)
    record.meta = msgspec.Raw(meta)
    return record


def header_of(line: bytes) -> dict[str, Any]:
    require_depth(line, MAX_METADATA_DEPTH)
    header = loads(line)
    if not isinstance(header, dict):
        raise ValueError("the header is not a JSON object")  # noqa: TRY004 – the manifest's fault, not the program's
    if header.get("version") != "v0":
        raise ValueError(f'the version is {header.get("version")!r}, not "v0"')
    return header


def parent_of(logical_key: str) -> TreePath:
    """The directory that a key is in. Raises ValueError unless all parts of the key are names."""
    parts = logical_key.split("/")
    if not _INVALID_NAMES.isdisjoint(parts):
        raise ValueError(f"{logical_key!r} has an empty component, or '.' or '..'")
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"directories are more than {MAX_DEPTH} deep")
    return tuple(parts[:-1])


def is_name(name: str) -> bool:
    return name not in _INVALID_NAMES


def meta_of(record: ManifestLine) -> tuple[bytes | None, bytes | None]:
    """Metadata as written, and as canonical JSON; None when empty. Raises ValueError."""
    raw = bytes(record.meta)
    if raw in {b"{}", b"null"}:
        return None, None
    if not raw.startswith(b"{"):
        raise ValueError("meta is not a JSON object")
    require_depth(raw, MAX_METADATA_DEPTH)
    made = canonical(raw)
    return (None, None) if made == b"{}" else (raw, made)


def file_of(name: str, record: ManifestLine, meta: bytes | None) -> TreeFile:
    """Raises ValueError when the record does not describe a file."""
    keys = record.physical_keys
    if keys is None or len(keys) != 1:
        raise ValueError(f"{record.logical_key!r} must have exactly one physical key")
    if record.size is None or record.size < 0 or record.hash is None:
        raise ValueError(f"{record.logical_key!r} has no size or no hash")
    if record.size > MAX_TOTAL_BYTES:
        raise ValueError(f"{record.logical_key!r} has more than {MAX_TOTAL_BYTES} bytes")
    if not is_address(keys[0]):
        raise ValueError(f"the physical key {keys[0]!r} is not a URL of an object")
    return TreeFile(name, keys[0], record.size, record.hash.type, record.hash.value, meta)


def is_address(physical_key: str) -> bool:
    """True for URLs of objects in S3, and for other URLs. Both are listed; only objects in S3 are ever read."""
    query = physical_key.find("?")
    return bool(
        (
            # Nearly all are like this, and this takes half the time.
            (query < 0 or physical_key.startswith("?versionId=", query))
            and "#" not in physical_key
            and "&" not in physical_key
            and _START(physical_key)
        )
        or _PHYSICAL_KEY(physical_key)
    )
